"""The flow of CMT in plain PyTorch, op by op: the same layers, masks, shifts and parameters as dev.cmt.flow.

Written for comparison of speed and for checking checkpoints from outside; see README.md. docs/formats.md describes the files.
"""

import ast
import dataclasses
import json
import math
import struct
import zipfile

import torch
from torch import nn
from torch.nn import functional

MIN_BIN = 1e-3
MIN_SLOPE = 1e-3
BASE_MEAN = 0.5
BASE_SIGMA = 0.1
TAIL_MASS = 2.866515718791939e-7  # of a normal beyond five standard deviations, one side
LOG_NORMALIZER = math.log(BASE_SIGMA) + 0.5 * math.log(2 * math.pi) + math.log1p(-2 * TAIL_MASS)


@dataclasses.dataclass(frozen=True)
class Channel:
    """Coordinates of one kind: circular or on an interval, with a truncated normal base or a uniform one."""

    name: str
    size: int
    circular: bool
    truncatedNormalBase: bool


@dataclasses.dataclass(frozen=True)
class Architecture:
    """What the parameters mean; the fields are those of a checkpoint's metadata."""

    channels: tuple
    pairs: int
    hiddenWidths: tuple
    activation: str
    firstActivation: bool
    bins: int
    maskSeed: int

    @staticmethod
    def parse(text):
        fields = json.loads(text)
        channels = tuple(Channel(**channel) for channel in fields.pop("channels"))
        return Architecture(channels, hiddenWidths=tuple(fields.pop("hiddenWidths")), **fields)

    @staticmethod
    def of_paper(bonds, angles, torsions):
        """The paper's flow of a molecule with so many free internal coordinates."""
        channels = (
            Channel("bonds", bonds, False, True),
            Channel("angles", angles, False, True),
            Channel("torsions", torsions, True, False),
        )
        return Architecture(channels, 8, (256,) * 5, "RELU", False, 8, 321)

    @property
    def dimension(self):
        return sum(channel.size for channel in self.channels)


# --- Masks and shifts: Philox4x32-10 (Salmon et al., SC 2011), as dev.cmt.flow.base.CounterRandom draws them --------------

WORD = 0xFFFFFFFF


def philox(key, low, high):
    """Four words of 32 bits from a key and a counter of two halves of 64 bits."""
    c = [low & WORD, low >> 32 & WORD, high & WORD, high >> 32 & WORD]
    k0, k1 = key & WORD, key >> 32 & WORD
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k0, b & WORD, (a >> 32) ^ c[3] ^ k1, a & WORD]
        k0, k1 = (k0 + 0x9E3779B9) & WORD, (k1 + 0xBB67AE85) & WORD
    return c


def uniforms(key, stream, count):
    """Numbers in (0, 1) with 52 random bits each."""
    draws = []
    for i in range((count + 1) // 2):
        w = philox(key, i, stream)
        draws += [((w[0] << 20 | w[1] >> 12) + 0.5) * 2**-52, ((w[2] << 20 | w[3] >> 12) + 0.5) * 2**-52]
    return draws[:count]


def permutation(key, stream, count):
    order = [0] * count
    for i, draw in enumerate(uniforms(key, stream, count)):
        j = int(draw * (i + 1))
        order[i], order[j] = order[j], i
    return order


def first_halves(architecture, pair):
    """Whether each coordinate is in the half of its channel that the pair's first coupling transforms."""
    chosen = []
    for index, channel in enumerate(architecture.channels):
        order = permutation(architecture.maskSeed, 1 << 48 | pair << 16 | index, channel.size)
        half = set(order[: channel.size // 2])
        chosen += [column in half for column in range(channel.size)]
    return chosen


# --- The flow ------------------------------------------------------------------------------------------------------------


class Splines:
    """Rational-quadratic splines of a batch (Durkan et al. 2019); knots and slopes are [rows][bins + 1][coordinates]."""

    def __init__(self, raw, coordinates, plain, bins):
        size = bins * coordinates
        widths, heights, slopes, ends = raw.split([size, size, size, plain], 1)
        shape = (-1, bins, coordinates)
        self.x = self.knots(widths.view(shape))
        self.y = self.knots(heights.view(shape))
        slopes = slopes.view(shape)
        # A circular coordinate has one slope at both ends.
        ends = torch.cat([ends, slopes[:, 0, plain:]], 1).unsqueeze(1)
        self.slopes = MIN_SLOPE + functional.softplus(torch.cat([slopes, ends], 1))

    @staticmethod
    def knots(raw):
        bins = raw.shape[1]
        inner = (MIN_BIN + (1 - bins * MIN_BIN) * raw.softmax(1)).cumsum(1)[:, :-1]
        # The ends are pinned: a running sum would miss 1 by rounding.
        return functional.pad(functional.pad(inner, (0, 0, 1, 0), value=0.0), (0, 0, 0, 1), value=1.0)

    def bin(self, knots, at):
        index = (at.unsqueeze(1) >= knots[:, 1:-1]).sum(1, keepdim=True)
        x, y, slope = (table.gather(1, index).squeeze(1) for table in (self.x, self.y, self.slopes))
        x1, y1, slope1 = (table.gather(1, index + 1).squeeze(1) for table in (self.x, self.y, self.slopes))
        return x, x1 - x, y, y1 - y, slope, slope1

    @staticmethod
    def log_slope(s, left, right, theta, mixed, denominator):
        numerator = right * theta.square() + 2 * s * mixed + left * (1 - theta).square()
        return (2 * (s / denominator).log() + numerator.log()).sum(1)

    def forward(self, points):
        """Data to base."""
        at = points.clamp(0, 1)
        x, width, y, height, left, right = self.bin(self.x, at)
        theta = ((at - x) / width).clamp(0, 1)
        s = height / width
        mixed = theta * (1 - theta)
        denominator = s + (left + right - 2 * s) * mixed
        values = y + height * (s * theta.square() + left * mixed) / denominator
        return values, self.log_slope(s, left, right, theta, mixed, denominator)

    def inverse(self, points):
        """Base to data; the log-slope is that of this direction."""
        at = points.clamp(0, 1)
        x, width, y, height, left, right = self.bin(self.y, at)
        s = height / width
        above = at - y
        bend = left + right - 2 * s
        a = height * (s - left) + above * bend
        b = height * left - above * bend
        c = -s * above
        # Rounding can push the discriminant of a root at a knot below zero.
        theta = (2 * c / (-b - (b.square() - 4 * a * c).clamp(min=0).sqrt())).clamp(0, 1)
        mixed = theta * (1 - theta)
        return (x + theta * width).clamp(0, 1), -self.log_slope(s, left, right, theta, mixed, s + bend * mixed)


class Coupling(nn.Module):
    """Transforms some coordinates by splines that a network computes from the others; plain ones come before circular ones."""

    def __init__(self, architecture, transforms):
        super().__init__()
        circular = [channel.circular for channel in architecture.channels for _ in range(channel.size)]
        columns = range(architecture.dimension)
        plain_in, circular_in = ([i for i in columns if not transforms[i] and circular[i] == c] for c in (False, True))
        plain_out, circular_out = ([i for i in columns if transforms[i] and circular[i] == c] for c in (False, True))
        transformed, kept = plain_out + circular_out, plain_in + circular_in
        restore = sorted(columns, key=(transformed + kept).__getitem__)
        for name, index in {
            "transformed": transformed,
            "kept": kept,
            "plain_in": plain_in,
            "circular_in": circular_in,
            "restore": restore,
        }.items():
            self.register_buffer(name, torch.tensor(index, dtype=torch.long), persistent=False)
        self.bins = architecture.bins
        self.plain = len(plain_out)
        self.first_activation = architecture.firstActivation
        self.activate = {"RELU": functional.relu, "SILU": functional.silu}[architecture.activation]
        outputs = 3 * self.bins * len(transformed) + self.plain
        widths = [len(plain_in) + 2 * len(circular_in), *architecture.hiddenWidths, outputs]
        self.layers = nn.ModuleList(nn.Linear(i, o) for i, o in zip(widths, widths[1:]))
        # Equal bins and slopes of exactly 1: the identity.
        nn.init.zeros_(self.layers[-1].weight)
        nn.init.constant_(self.layers[-1].bias, math.log(math.expm1(1 - MIN_SLOPE)))

    def splines(self, x):
        angle = 2 * math.pi * x.index_select(1, self.circular_in)
        hidden = self.layers[0](torch.cat([angle.cos(), angle.sin(), x.index_select(1, self.plain_in)], 1))
        if self.first_activation:
            hidden = self.activate(hidden)
        for layer in self.layers[1:-1]:
            hidden = self.activate(layer(hidden))
        return Splines(self.layers[-1](hidden), len(self.transformed), self.plain, self.bins)

    def move(self, x, inverse):
        splines = self.splines(x)
        points = x.index_select(1, self.transformed)
        values, log_slope = splines.inverse(points) if inverse else splines.forward(points)
        return torch.cat([values, x.index_select(1, self.kept)], 1).index_select(1, self.restore), log_slope


class Pair(nn.Module):
    def __init__(self, architecture, pair):
        super().__init__()
        first = first_halves(architecture, pair)
        self.coupling = nn.ModuleList([Coupling(architecture, first), Coupling(architecture, [not f for f in first])])


class Flow(nn.Module):
    """A density on the unit cube. state_dict() has the names of a checkpoint's tensors."""

    def __init__(self, architecture):
        super().__init__()
        self.architecture = architecture
        self.pairs = nn.ModuleList(Pair(architecture, pair) for pair in range(architecture.pairs))
        shifts = uniforms(architecture.maskSeed, 2, architecture.pairs)
        circular = [float(c.circular) for c in architecture.channels for _ in range(c.size)]
        normal = [float(c.truncatedNormalBase) for c in architecture.channels for _ in range(c.size)]
        self.register_buffer("circular", torch.tensor(circular, dtype=torch.float64), persistent=False)
        self.register_buffer("normal", torch.tensor(normal, dtype=torch.float64), persistent=False)
        self.register_buffer(
            "shifts", torch.tensor(shifts, dtype=torch.float64).unsqueeze(1) * self.circular, persistent=False
        )
        self.float()

    def wrap(self, x):
        # Plain coordinates may hold a 1 that must stay.
        return x - x.floor() * self.circular

    def to_base(self, u):
        """Data to base: the image and the log of the map's volume change, a number a row."""
        x, log_slope = u, 0
        for pair, shift in zip(reversed(self.pairs), self.shifts.flip(0)):
            x = self.wrap(x - shift)
            for coupling in reversed(pair.coupling):
                x, more = coupling.move(x, inverse=False)
                log_slope = log_slope + more
        return x, log_slope

    def to_data(self, z):
        x, log_slope = z, 0
        for pair, shift in zip(self.pairs, self.shifts):
            for coupling in pair.coupling:
                x, more = coupling.move(x, inverse=True)
                log_slope = log_slope + more
            x = self.wrap(x + shift)
        return x, log_slope

    def base_log_prob(self, z):
        score = (z - BASE_MEAN) / BASE_SIGMA
        normals = sum(c.size for c in self.architecture.channels if c.truncatedNormalBase)
        return -0.5 * (score.square() * self.normal).sum(1) - normals * LOG_NORMALIZER

    def log_prob(self, u):
        z, log_slope = self.to_base(u)
        return self.base_log_prob(z) + log_slope

    def sample(self, p):
        """Samples and their log-densities from [rows][dimension] uniform numbers."""
        normal = BASE_MEAN + BASE_SIGMA * math.sqrt(2) * torch.erfinv((2 * p - 1) * (1 - 2 * TAIL_MASS))
        z = torch.where(self.normal > 0, normal.clamp(0, 1), p)
        u, log_slope = self.to_data(z)
        return u, self.base_log_prob(z) - log_slope

    def parameter_count(self):
        return sum(parameter.numel() for parameter in self.parameters())


# --- Files ---------------------------------------------------------------------------------------------------------------


def read_checkpoint(path):
    """The flow of checkpoints/step-NNNNNN.safetensors."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<q", file.read(8))[0]))
        data = bytearray(file.read())
    metadata = header.pop("__metadata__")
    if metadata.get("format") != "cmt-flow" or metadata.get("format_version") != "1":
        raise ValueError(f"{path} is not a cmt-flow checkpoint of format version 1: {metadata}")
    tensors = {}
    for name, entry in header.items():
        if not name.startswith("adam."):
            begin, end = entry["data_offsets"]
            values = torch.frombuffer(data, dtype=torch.float32, count=(end - begin) // 4, offset=begin)
            tensors[name] = values.reshape(entry["shape"])
    flow = Flow(Architecture.parse(metadata["architecture"]))
    flow.load_state_dict(tensors, strict=True)
    return flow


def read_npz(path, *names):
    """Arrays of an .npz file as ./cmt sample writes it."""
    arrays = []
    with zipfile.ZipFile(path) as archive:
        for name in names:
            if name + ".npy" not in archive.namelist():
                raise ValueError(f"{path} has no array {name}; write it with ./cmt sample DIR -n N --unit -o FILE.npz")
            content = archive.read(name + ".npy")
            width = 2 if content[6] == 1 else 4
            end = 8 + width + int.from_bytes(content[8 : 8 + width], "little")
            header = ast.literal_eval(content[8 + width : end].decode())
            dtype = {"<f4": torch.float32, "<f8": torch.float64}[header["descr"]]
            arrays.append(torch.frombuffer(bytearray(content[end:]), dtype=dtype).reshape(header["shape"]))
    return arrays
