package dev.cmt.actors.md;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cmt.actors.config.ProductVersion;
import dev.cmt.buffer.AtomicFile;
import dev.cmt.buffer.DiskSpace;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.buffer.RunLock;
import dev.cmt.energy.md.ReplicaState;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A simulation's directory: {@code md.json} says what it is, {@code raw/} holds frames and energies
 * as they come ({@link RawArray}), {@code checkpoints/} the state of every block. Locked while
 * open. For one thread at a time.
 */
final class SimulationFiles implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SimulationFiles.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MANIFEST = "md.json";
  private static final String ENGINE = "engine";
  private static final Set<String> OWN_ENTRIES =
      Set.of("lock", "md.log", "checkpoints", "raw", MANIFEST);

  private final Path root;
  private final SimulationSettings settings;
  private final RunLock lock;
  private final RawArray frames;
  private final RawArray energies;
  private final RawArray rungEnergies;

  private SimulationFiles(Path root, SimulationSettings settings, int atoms, RunLock lock)
      throws IOException {
    this.root = root;
    this.settings = settings;
    this.lock = lock;
    Path raw = root.resolve("raw");
    frames = RawArray.open(raw.resolve("frames.f4"), Float.BYTES, 3 * atoms);
    try {
      energies = RawArray.open(raw.resolve("energies.f8"), Double.BYTES, 1);
      rungEnergies = RawArray.open(raw.resolve("rung-energies.f8"), Double.BYTES, settings.rungs());
    } catch (IOException e) {
      frames.close();
      throw e;
    }
  }

  /**
   * Opens a directory, making it if it is not there, and takes its lock.
   *
   * @param steps to go to
   * @throws SimulationMismatchException if it holds a simulation with other settings, or one that
   *     went further
   * @throws FileAlreadyExistsException if it holds something else
   * @throws dev.cmt.buffer.RunLockedException if another process works on it
   * @throws dev.cmt.buffer.DiskFullException if there is no room for the frames
   */
  static SimulationFiles open(Path root, SimulationSettings settings, int atoms, long steps)
      throws IOException {
    boolean begun = Files.isRegularFile(root.resolve(MANIFEST));
    if (begun) {
      requireSame(root, settings);
    } else {
      requireEmpty(root);
    }
    Files.createDirectories(root.resolve("raw"));
    Files.createDirectories(root.resolve("checkpoints"));
    RunLock lock = RunLock.acquire(new RunDirectory(root));
    try {
      if (!begun) {
        writeManifest(root, settings);
      }
      // The finished files repeat frames and energies once.
      long each = Float.BYTES * 3L * atoms + Double.BYTES * (1L + settings.rungs());
      DiskSpace.require(
          root, 2 * each * settings.ladders() * settings.frames(steps), "the simulation");
      return new SimulationFiles(root, settings, atoms, lock);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private static void requireEmpty(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
      for (Path entry : entries) {
        if (!OWN_ENTRIES.contains(entry.getFileName().toString())) {
          throw new FileAlreadyExistsException(
              entry.toString(), null, "a new simulation wants an empty or absent directory");
        }
      }
    }
  }

  private static void requireSame(Path root, SimulationSettings settings) throws IOException {
    JsonNode before = manifest(root).path("settings");
    JsonNode now = JSON.valueToTree(settings);
    List<String> differences = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : now.properties()) {
      JsonNode old = before.path(field.getKey());
      if (!old.asText().equals(field.getValue().asText())) {
        differences.add(
            "%s was %s, is %s".formatted(field.getKey(), old.asText(), field.getValue().asText()));
      }
    }
    if (!differences.isEmpty()) {
      throw new SimulationMismatchException(
          "%s holds a simulation with other settings:%n  %s%nName another directory, or give the settings it has."
              .formatted(root, String.join(System.lineSeparator() + "  ", differences)));
    }
  }

  private static ObjectNode manifest(Path root) throws IOException {
    try {
      return (ObjectNode) JSON.readTree(root.resolve(MANIFEST).toFile());
    } catch (JsonProcessingException | ClassCastException e) {
      throw new IOException(
          "%s is not the manifest of a simulation.".formatted(root.resolve(MANIFEST)), e);
    }
  }

  private static void writeManifest(Path root, SimulationSettings settings) throws IOException {
    ObjectNode manifest = JSON.createObjectNode();
    manifest.put("format", 1);
    manifest.set("settings", JSON.valueToTree(settings));
    ObjectNode versions = manifest.putObject("versions");
    versions.put("cmt", ProductVersion.current());
    versions.put("java", System.getProperty("java.runtime.version"));
    manifest.put("created", Instant.now().toString());
    write(root, manifest);
  }

  private static void write(Path root, ObjectNode manifest) throws IOException {
    AtomicFile.write(
        root.resolve(MANIFEST), JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(manifest));
  }

  /** Notes who computes forces, or warns if that is not who did so far. */
  void noteEngine(String description) throws IOException {
    ObjectNode manifest = manifest(root);
    if (!manifest.has(ENGINE)) {
      manifest.put(ENGINE, description);
      write(root, manifest);
    } else if (!manifest.get(ENGINE).asText().equals(description)) {
      LOG.warn(
          "The simulation began with \"{}\" and goes on with \"{}\": as good, but not bit for bit as it would have gone.",
          manifest.get(ENGINE).asText(),
          description);
    }
  }

  /** Who computes forces; empty if nothing was computed yet. */
  String engine() throws IOException {
    return manifest(root).path(ENGINE).asText();
  }

  Path root() {
    return root;
  }

  SimulationSettings settings() {
    return settings;
  }

  /** {@code [frames][ladders]} conformations, float32. */
  RawArray frames() {
    return frames;
  }

  /** {@code [frames][ladders]} kJ/mol, float64. */
  RawArray energies() {
    return energies;
  }

  /** {@code [frames][ladders]} energies of all rungs, kJ/mol, float64. */
  RawArray rungEnergies() {
    return rungEnergies;
  }

  /** Where blocks are, as far as states were saved; null where one has to begin. */
  ReplicaState[] states() throws IOException {
    ReplicaState[] states = new ReplicaState[settings.blocks()];
    for (int block = 0; block < states.length; block++) {
      Path file = stateFile(block);
      try {
        states[block] = StateFile.decode(Files.readAllBytes(file));
      } catch (NoSuchFileException e) {
        LOG.debug("Block {} begins", block);
      } catch (IOException e) {
        LOG.warn(
            "{} cannot be used ({}); its replicas begin again, to the same end.",
            file,
            e.getMessage());
      }
    }
    return states;
  }

  /** Writes frames to their places. */
  void write(Segment segment) throws IOException {
    if (segment.energies().length == 0) {
      return;
    }
    long frame = settings.frames(segment.state().step()) - 1;
    long at = frame * settings.ladders() + settings.firstLadder(segment.block());
    frames.write(at, segment.frames());
    energies.write(at, segment.energies());
    rungEnergies.write(at, segment.rungEnergies());
  }

  /** Makes all frames so far durable, then these states. */
  void save(Map<Integer, ReplicaState> states) throws IOException {
    frames.force();
    energies.force();
    rungEnergies.force();
    for (Map.Entry<Integer, ReplicaState> state : states.entrySet()) {
      AtomicFile.write(stateFile(state.getKey()), StateFile.encode(state.getValue()));
    }
  }

  private Path stateFile(int block) {
    return root.resolve("checkpoints").resolve("block-%05d.state".formatted(block));
  }

  @Override
  public void close() throws IOException {
    try (lock;
        frames;
        energies;
        rungEnergies) {
      // All are closed, the lock last, whatever one of them throws.
    }
  }
}
