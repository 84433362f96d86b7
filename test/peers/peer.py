#!/usr/bin/env python3
"""Checks and times the flow of CMT in plain PyTorch, op by op and under torch.compile. README.md says how to compare."""

import argparse
import json
import math
import platform
import sys
import time

import torch

from flow import Architecture, Channel, Flow, read_checkpoint, read_npz

# Free bonds, angles and torsions, and the number of parameters in the paper's Table 6.
PAPER = {
    "alanine-dipeptide": ((21, 20, 19), 7_421_512),
    "alanine-tetrapeptide": ((19, 40, 39), 9_452_376),
    "alanine-hexapeptide": ((29, 60, 59), 12_124_616),
    "elil": ((33, 73, 72), 13_727_952),
}
WORKS = ("training step", "log-prob", "sample")
MAX_GRADIENT_NORM = 100
WEIGHT_DECAY = 1e-5
BUFFER_BATCHES = 50
REPETITIONS = 10


def bent(flow, seed, scale):
    """Moves every parameter, so that no spline is the identity."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in flow.parameters():
            noise = torch.rand(parameter.shape, generator=generator) * 2 - 1
            parameter += scale * noise.to(parameter)
    return flow


# --- Checks --------------------------------------------------------------------------------------------------------------


def require(what, found, allowed):
    print(f"{what}: {found:.2e}, at most {allowed:.0e}")
    if not found <= allowed:  # written so that NaN fails
        sys.exit(f"peer.py: {what} ({found:.2e}) must be at most {allowed:.0e}")


def check_counts():
    for name, (coordinates, expected) in PAPER.items():
        with torch.device("meta"):
            count = Flow(Architecture.of_paper(*coordinates)).parameter_count()
        print(f"parameters of {name}: {count:,}")
        if count != expected:
            sys.exit(f"peer.py: the flow of {name} has {count:,} parameters; the paper's has {expected:,}")


def small(seed, pairs):
    """A flow that takes every branch, and rows for it; in float64."""
    channels = (Channel("bonds", 3, False, True), Channel("torsions", 4, True, False))
    architecture = Architecture(channels, pairs, (24, 24), "SILU", True, 8, 321)
    torch.manual_seed(seed)
    flow = bent(Flow(architecture).double(), seed, 0.3)
    generator = torch.Generator().manual_seed(seed)
    return flow, torch.rand(64, architecture.dimension, generator=generator, dtype=torch.float64)


def check_map(seed):
    """There and back again, and the log-slopes against autograd's Jacobian."""
    flow, u = small(seed, 3)
    z, log_slope = flow.to_base(u)
    back, log_inverse = flow.to_data(z)
    distance = (back - u).abs()
    distance = torch.where(flow.circular > 0, torch.minimum(distance, 1 - distance), distance)
    require("inverse of forward", distance.max().item(), 1e-9)
    require("log-slopes of both directions", (log_slope + log_inverse).abs().max().item(), 1e-9)
    worst = 0.0
    for row in range(len(u)):
        jacobian = torch.autograd.functional.jacobian(lambda x: flow.to_base(x[None])[0][0], u[row])
        worst = max(worst, abs(torch.linalg.slogdet(jacobian).logabsdet.item() - log_slope[row].item()))
    require("log-slope against the determinant of autograd's Jacobian", worst, 1e-9)
    require("size of the log-slopes is not zero; its inverse", 1 / log_slope.abs().mean().item(), 10)


def check_compiled(seed):
    """torch.compile computes the same densities, gradients and samples."""
    flow, u = small(seed, 1)  # compiling takes a minute a pair on a CPU

    def figures(compiled):
        loss = compiled(lambda rows: -flow.log_prob(rows).mean())(u)
        gradients = torch.autograd.grad(loss, flow.parameters())
        with torch.no_grad():
            samples, log_q = compiled(lambda p: flow.sample(p))(u)
        return torch.cat([loss.reshape(1), *(g.flatten() for g in gradients), samples.flatten(), log_q]).detach()

    difference = (figures(compiling()) - figures(lambda function: function)).abs().max().item()
    require("torch.compile against op by op", difference, 1e-9)


def check_checkpoint(checkpoint, samples):
    """log q of rows that ./cmt sample --unit wrote, computed here in float64 from the checkpoint."""
    flow = read_checkpoint(checkpoint).double()
    u, log_q, log_volume = read_npz(samples, "u", "log_q", "log_volume")
    with torch.no_grad():
        here = torch.cat([flow.log_prob(rows) for rows in u.double().split(1000)])
    difference = (here - (log_q + log_volume)).abs()
    print(f"{len(u)} rows of {flow.parameter_count():,} parameters: greatest difference {difference.max():.2e}")
    require("mean difference from the log q of ./cmt sample", difference.mean().item(), 1e-4)


# --- Times ---------------------------------------------------------------------------------------------------------------


class Contender:
    """One way to run the flow: what is timed of it."""

    def __init__(self, name, architecture, device, batch, compiled):
        torch.manual_seed(1)
        self.name = name
        self.flow = bent(Flow(architecture), 1, 0.05).to(device)
        self.batch = batch
        self.optimizer = torch.optim.Adam(
            # A rate so low that the flow stays what it is.
            self.flow.parameters(), lr=1e-12, weight_decay=WEIGHT_DECAY, fused=True
        )
        self.buffer = torch.rand(BUFFER_BATCHES * batch, architecture.dimension, device=device)
        self.weights = torch.rand(BUFFER_BATCHES * batch, device=device) * 2
        self.order = torch.randperm(BUFFER_BATCHES * batch, device=device)
        self.uniform = torch.rand(batch, architecture.dimension, device=device)
        self.steps = 0
        self.loss = compiled(lambda u, w: -(w * self.flow.log_prob(u)).mean())
        self.log_prob = compiled(lambda u: self.flow.log_prob(u))
        self.draw = compiled(lambda p: self.flow.sample(p))

    def training_step(self):
        first = self.steps % BUFFER_BATCHES * self.batch
        rows = self.order[first : first + self.batch]
        self.steps += 1
        self.optimizer.zero_grad(set_to_none=True)
        self.loss(self.buffer[rows], self.weights[rows]).backward()
        torch.nn.utils.clip_grad_norm_(self.flow.parameters(), MAX_GRADIENT_NORM)
        self.optimizer.step()

    @torch.no_grad()
    def log_density(self):
        return self.log_prob(self.buffer[: self.batch])

    @torch.no_grad()
    def sample(self):
        return self.draw(self.uniform.uniform_())

    def work(self, name):
        return dict(zip(WORKS, (self.training_step, self.log_density, self.sample)))[name]


def compiling(mode="default"):
    return lambda function: torch.compile(function, fullgraph=True, dynamic=False, mode=mode)


def contenders(device, wanted):
    """Names and how each compiles a function."""
    ways = {"op by op": lambda function: function, "torch.compile": compiling()}
    if device.type == "cuda":
        ways["torch.compile, CUDA graphs"] = compiling("reduce-overhead")
    return {name: way for name, way in ways.items() if not wanted or name in wanted}


def repetition(work, calls, device):
    """Seconds a call, over so many in a row: a device is waited for at the end."""
    start = time.perf_counter()
    for _ in range(calls):
        torch.compiler.cudagraph_mark_step_begin()  # what the call before returned is not needed any more
        work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return (time.perf_counter() - start) / calls


def warm_up(contender, device, seconds):
    """Calls of one repetition, by work. Compiles, and records CUDA graphs."""
    calls = {}
    for work in WORKS:
        print(f"warming up: {contender.name}, {work}", file=sys.stderr)
        for _ in range(3):
            repetition(contender.work(work), 1, device)
        calls[work] = max(1, round(seconds / REPETITIONS / repetition(contender.work(work), 2, device)))
    return calls


def times(ready, device):
    """The fastest and the median repetition of each; they take turns, so that other load meets all of them."""
    found = {(contender.name, work): [] for contender, _ in ready for work in WORKS}
    for _ in range(REPETITIONS):
        for contender, calls in ready:
            for work in WORKS:
                found[contender.name, work].append(repetition(contender.work(work), calls[work], device))
    return {key: (min(values), sorted(values)[len(values) // 2]) for key, values in found.items()}


def machine(device):
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)}, CUDA {torch.version.cuda}"
    return f"CPU ({platform.machine()}), {torch.get_num_threads()} threads: this says nothing about a GPU"


def read_ours(path, subject):
    """Report of ./cmt bench flow --json, if it is of the same flow and batch."""
    with open(path) as file:
        report = json.load(file)
    for part in subject:
        if part not in report["subject"]:
            sys.exit(f"peer.py: {path} measured \"{report['subject']}\", which has not \"{part}\"; measure the same flow")
    return report


def table(header, rows):
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    for row in [header, *rows]:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  ".join(cells).rstrip())


def bench(arguments):
    device = torch.device(arguments.device)
    if device.type == "cuda" and not torch.cuda.is_available():
        sys.exit("peer.py: torch sees no GPU; --device cpu measures the CPU, or install a CUDA build of torch")
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.set_float32_matmul_precision("high" if arguments.precision == "tf32" else "highest")
    coordinates, parameters = PAPER[arguments.flow]
    architecture = Architecture.of_paper(*coordinates)
    ours = {"figures": [], "missing": []}
    if arguments.beside:
        ours = read_ours(arguments.beside, [f"{parameters:,} parameters", f"batches of {arguments.batch} rows"])
    ready, missing = [], {}
    for name, way in contenders(device, arguments.only).items():
        contender = Contender(name, architecture, device, arguments.batch, way)
        try:
            ready.append((contender, warm_up(contender, device, arguments.seconds)))
        except Exception as e:  # a compiler that is not there, memory: the others are measured, and this is said
            missing[name] = f"{type(e).__name__}: {e}".splitlines()[0]
    measured = times(ready, device)

    precision = arguments.precision if device.type == "cuda" else "float32"
    print(f"PyTorch {torch.__version__} on {machine(device)}; matrix products {precision}")
    print(f"flow of {arguments.flow}: {parameters:,} parameters; batches of {arguments.batch} rows\n")
    names = list(dict.fromkeys(name for name, _ in measured))
    rows = [[name, *(f"{1e3 * measured[name, work][0]:.2f}" for work in WORKS)] for name in names]
    engines = {}
    for figure in ours["figures"]:
        engines.setdefault(figure["engine"], {})[figure["work"]] = figure["seconds"]
    rows += [["cmt " + engine, *(f"{1e3 * seconds[work]:.2f}" for work in WORKS)] for engine, seconds in engines.items()]
    engines = {engine: seconds for engine, seconds in engines.items() if not engine.startswith("products")}
    table(["milliseconds", *WORKS], rows)
    ratios = [
        {"engine": engine, "peer": name, "work": work, "ratio": measured[name, work][0] / seconds[work]}
        for engine, seconds in engines.items()
        for name in names
        for work in WORKS
    ]
    if ratios:
        print()
        pairs = [(engine, name) for engine in engines for name in names]
        cells = {(r["engine"], r["peer"], r["work"]): f"{r['ratio']:.2f}" for r in ratios}
        table(["times as fast", *WORKS], [[f"cmt {e} : {n}", *(cells[e, n, w] for w in WORKS)] for e, n in pairs])
    lines = [f"{name}: {reason}" for name, reason in missing.items()] + ["cmt " + line for line in ours["missing"]]
    if lines:
        print()
    for line in lines:
        print(f"NOT MEASURED: {line}")
    print(f"\nFastest of {REPETITIONS} repetitions; all take turns, {arguments.seconds} s each.")
    if arguments.json:
        report = {
            "torch": torch.__version__,
            "machine": machine(device),
            "precision": precision,
            "flow": arguments.flow,
            "parameters": parameters,
            "batch": arguments.batch,
            "figures": [
                {"engine": name, "work": work, "seconds": best, "median_seconds": median}
                for (name, work), (best, median) in measured.items()
            ],
            "ratios": ratios,
            "missing": missing,
        }
        with open(arguments.json, "w") as file:
            json.dump(report, file, indent=2)


def positive(kind):
    def parse(text):
        value = kind(text)
        if not (value > 0 and math.isfinite(value)):
            raise argparse.ArgumentTypeError(f"{text} must be above 0")
        return value

    return parse


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="parameter counts, invertibility, log-slopes, and a checkpoint of ours")
    check.add_argument("--seed", type=int, default=1)
    check.add_argument("--checkpoint", help="checkpoints/step-NNNNNN.safetensors of a run")
    check.add_argument("--samples", help="what ./cmt sample RUN -n N --unit -o FILE.npz wrote with that checkpoint")
    time_it = commands.add_parser("bench", help="times of a training step, log-prob and sampling")
    time_it.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N; default: cpu")
    time_it.add_argument("--flow", choices=PAPER, default="alanine-dipeptide", help="the paper's flow of this molecule")
    time_it.add_argument("--batch", type=positive(int), default=1000)
    time_it.add_argument("--seconds", type=positive(float), default=2.0, help="for each figure")
    time_it.add_argument("--threads", type=positive(int), help="of the CPU; default: torch's choice")
    time_it.add_argument("--precision", choices=["tf32", "float32"], default="tf32", help="of matrix products on a GPU")
    time_it.add_argument("--only", action="append", help="op by op, torch.compile, …; may be repeated; default: all")
    time_it.add_argument("--beside", help="JSON of ./cmt bench flow --json of the same flow and batch: prints ratios")
    time_it.add_argument("--json", help="also writes the figures there")
    arguments = parser.parse_args()
    if arguments.command == "bench":
        bench(arguments)
        return
    if bool(arguments.checkpoint) != bool(arguments.samples):
        parser.error("--checkpoint and --samples go together")
    check_counts()
    print(f"seed of what follows: {arguments.seed}")
    check_map(arguments.seed)
    check_compiled(arguments.seed)
    if arguments.checkpoint:
        check_checkpoint(arguments.checkpoint, arguments.samples)


if __name__ == "__main__":
    main()
