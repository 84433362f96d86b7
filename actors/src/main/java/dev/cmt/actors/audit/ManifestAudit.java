package dev.cmt.actors.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cmt.actors.config.ConfigException;
import dev.cmt.actors.config.ConfiguredTarget;
import dev.cmt.actors.config.FlowArchitectures;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.actors.run.RecordedRun;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.energy.Target;
import dev.cmt.flow.coupling.FlowLayout;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * {@code run.json}: it parses, its config is valid and is the one whose hash it names.
 *
 * @param finding what was found
 * @param config empty if it cannot be had
 * @param energyEngine who computed energies when the run was begun
 * @param flowEngines who has computed the flow since
 * @param configHash what the manifest says it is
 */
record ManifestAudit(
    AuditFinding finding,
    Optional<RunConfig> config,
    String energyEngine,
    List<String> flowEngines,
    String configHash) {
  private static final String SUBJECT = "run.json";
  private static final String MEANING =
      "train takes the run's config from here and refuses the directory; put back a copy of run.json.";
  private static final ObjectMapper JSON = new ObjectMapper();

  static ManifestAudit of(RunDirectory run) throws IOException {
    JsonNode root;
    RunConfig config;
    try {
      root = JSON.readTree(run.manifest().toFile());
      config = RecordedRun.readConfig(run);
    } catch (JsonProcessingException e) {
      return unreadable(
          "%s, byte %d: not JSON: %s"
              .formatted(run.manifest(), e.getLocation().getByteOffset(), e.getOriginalMessage()));
    } catch (ConfigException | IOException e) {
      return unreadable(e.getMessage());
    }
    String hash = root.path("config_hash").asText();
    return new ManifestAudit(
        judge(run, root, config, hash),
        Optional.of(config),
        root.path("energy_engine").asText(),
        RecordedRun.flowEngines(run),
        hash);
  }

  private static AuditFinding judge(RunDirectory run, JsonNode root, RunConfig config, String hash)
      throws IOException {
    String written = root.path("versions").path("cmt").asText("unknown");
    if (!hash.equals(config.hash())) {
      boolean sameKeys = JSON.readTree(config.resolvedJson()).equals(root.get("config"));
      return sameKeys
          ? AuditFinding.damaged(
              SUBJECT,
              "%s: its config has hash %s, its config_hash says %s: one of them was changed."
                  .formatted(run.manifest(), config.hash(), hash),
              "train would go on under the config that stands there, not the one the run began with.")
          : AuditFinding.note(
              SUBJECT,
              "written by cmt %s, whose config has other keys, so its hash says nothing"
                  .formatted(written),
              "train takes today's defaults for the keys that are not there.");
    }
    Target target = ConfiguredTarget.create(config);
    int parameters =
        new FlowLayout(FlowArchitectures.architecture(target, config.flow())).parameterCount();
    if (root.path("parameter_count").asInt() != parameters
        || root.path("flow_dimension").asInt() != target.dimension()
        || root.path("seed").asLong() != config.seed()) {
      return AuditFinding.damaged(
          SUBJECT,
          "%s: flow_dimension %s, parameter_count %s, seed %s; its config says %d, %d, %d."
              .formatted(
                  run.manifest(),
                  root.path("flow_dimension"),
                  root.path("parameter_count"),
                  root.path("seed"),
                  target.dimension(),
                  parameters,
                  config.seed()),
          "train takes them from the config.");
    }
    return AuditFinding.sound(
        SUBJECT,
        "%s, %d parameters, written by cmt %s; config hash %s…"
            .formatted(config.target().system(), parameters, written, hash.substring(0, 8)));
  }

  private static ManifestAudit unreadable(String why) {
    return new ManifestAudit(
        AuditFinding.damaged(SUBJECT, why, MEANING), Optional.empty(), "", List.of(), "");
  }
}
