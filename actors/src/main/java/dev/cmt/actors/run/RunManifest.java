package dev.cmt.actors.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cmt.actors.config.ProductVersion;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.actors.pool.Engine;
import dev.cmt.buffer.AtomicFile;
import dev.cmt.buffer.RunDirectory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code run.json}: what a run was asked to do, and by what it was begun.
 *
 * @param config the resolved config
 * @param flowDimension unit coordinates of the flow
 * @param parameterCount parameters of the flow
 * @param flowThreads threads of the flow engine
 * @param energyWorkers energy workers of this process
 */
record RunManifest(
    RunConfig config, int flowDimension, int parameterCount, int flowThreads, int energyWorkers) {
  private static final Logger LOG = LoggerFactory.getLogger(RunManifest.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FLOW_ENGINE = "flow_engine";
  private static final String LATER_FLOW_ENGINES = "later_flow_engines";

  String configHash() {
    return config.hash();
  }

  long seed() {
    return config.seed();
  }

  /**
   * Writes the manifest. One that is there stays as it is, but for a flow engine that it does not
   * name yet.
   *
   * @param flowEngine the flow engine's description
   * @param energyEngine what energies are computed with
   */
  void write(RunDirectory directory, String flowEngine, Engine energyEngine) throws IOException {
    if (Files.exists(directory.manifest())) {
      ObjectNode before = (ObjectNode) JSON.readTree(directory.manifest().toFile());
      if (!flowEngines(before).contains(flowEngine)) {
        before.withArray(LATER_FLOW_ENGINES).add(flowEngine);
        write(directory, before);
      }
      warnIfDifferent("flow engine", before.path(FLOW_ENGINE).asText(), flowEngine);
      warnIfDifferent(
          "energy engine", before.path("energy_engine").asText(), energyEngine.description());
      if (before.has("instruction_sets")) {
        warnIfDifferent(
            "instruction sets",
            before.path("instruction_sets").asText(),
            energyEngine.instructionSets());
      }
      return;
    }
    ObjectNode root = JSON.createObjectNode();
    root.set("config", JSON.readTree(config.resolvedJson()));
    root.put("config_hash", configHash());
    root.put("seed", seed());
    root.put("flow_dimension", flowDimension);
    root.put("parameter_count", parameterCount);
    root.put(FLOW_ENGINE, flowEngine);
    root.put("energy_engine", energyEngine.description());
    root.put("instruction_sets", energyEngine.instructionSets());
    root.put("flow_threads", flowThreads);
    root.put("energy_workers", energyWorkers);
    root.put("created", Instant.now().toString());
    root.put("host", hostName());
    ObjectNode versions = root.putObject("versions");
    versions.put("cmt", ProductVersion.current());
    versions.put("java", System.getProperty("java.runtime.version"));
    versions.put(
        "os",
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + " "
            + System.getProperty("os.arch"));
    versions.put("pekko", org.apache.pekko.Version.current());
    write(directory, root);
  }

  /** All flow engines that have worked on a run, the one it was begun with first. */
  static List<String> flowEngines(RunDirectory directory) throws IOException {
    return flowEngines(JSON.readTree(directory.manifest().toFile()));
  }

  private static List<String> flowEngines(JsonNode manifest) {
    List<String> engines = new ArrayList<>();
    engines.add(manifest.path(FLOW_ENGINE).asText());
    manifest.path(LATER_FLOW_ENGINES).forEach(later -> engines.add(later.asText()));
    return engines;
  }

  private static void write(RunDirectory directory, ObjectNode root) throws IOException {
    AtomicFile.write(
        directory.manifest(), JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(root));
  }

  private static void warnIfDifferent(String what, String before, String now) {
    if (!before.equals(now)) {
      LOG.warn(
          "The run began with {} \"{}\" and goes on with \"{}\": its bits will differ from those of an"
              + " undisturbed run.",
          what,
          before,
          now);
    }
  }

  /** The config that a run directory was begun with. */
  static RunConfig readConfig(RunDirectory directory) throws IOException {
    return readConfig(directory, List.of());
  }

  /** The same, with some keys replaced. */
  static RunConfig readConfig(RunDirectory directory, List<String> overrides) throws IOException {
    JsonNode root = JSON.readTree(directory.manifest().toFile());
    JsonNode config = root.get("config");
    if (config == null) {
      throw new IOException(
          "%s has no \"config\"; it is not a manifest of a run.".formatted(directory.manifest()));
    }
    return RunConfig.parse(config.toString(), overrides, directory.manifest().toString());
  }

  /**
   * Hash of the config as the version that began the run computed it; empty where there is no
   * manifest.
   */
  static Optional<String> configHash(RunDirectory directory) throws IOException {
    return Files.exists(directory.manifest())
        ? Optional.of(JSON.readTree(directory.manifest().toFile()).path("config_hash").asText())
        : Optional.empty();
  }

  /**
   * What a run's energies have been computed with so far; empty where the directory holds no run,
   * or one of a version that did not record it.
   */
  static Optional<Engine> energyEngine(RunDirectory directory) throws IOException {
    if (!Files.exists(directory.manifest())) {
      return Optional.empty();
    }
    JsonNode root = JSON.readTree(directory.manifest().toFile());
    return root.has("instruction_sets")
        ? Optional.of(
            new Engine(root.path("energy_engine").asText(), root.path("instruction_sets").asText()))
        : Optional.empty();
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "unknown (%s)".formatted(e.getMessage());
    }
  }
}
