package dev.cmt.actors.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** A {@link RunConfig} as keys and plain values: what its JSON, hash and differences rest on. */
final class RunConfigValues {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Keys a resumed run may change. */
  private static final Set<String> FREE_ON_RESUME =
      Set.of(
          // Its SHA-256 decides, not where it lies.
          "target.directory",
          "flow.device",
          "flow.engine",
          "flow.threads",
          "energy.workers",
          "energy.timeout_seconds",
          "buffer.keep",
          "buffer.ledger",
          "checkpoint.every_seconds",
          "checkpoint.every_gradient_steps",
          "evaluation.samples");

  /** Those of them that change the last bits of results. */
  private static final Set<String> INEXACT_ON_RESUME =
      Set.of("flow.device", "flow.engine", "flow.threads");

  /** Those that decided when there were hashes already, which keep their defaults of then. */
  private static final Map<String, Object> HASHED_AS =
      Map.of("flow.device", "cpu", "flow.engine", "auto");

  private RunConfigValues() {}

  /** All keys in the order of {@code reference.conf}, but for {@code cluster}. */
  static Map<String, Object> of(RunConfig config) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("seed", config.seed());
    RunConfig.Target target = config.target();
    values.put("target.system", target.system());
    values.put("target.directory", target.directory().map(Path::toString).orElse(""));
    values.put("target.sha256", target.sha256());
    values.put("target.temperature_k", target.temperatureK());
    values.put("target.energy_cut_kt", target.energyCutKt());
    values.put("target.energy_max_kt", target.energyMaxKt());
    RunConfig.Flow flow = config.flow();
    values.put("flow.pairs", flow.pairs());
    values.put("flow.hidden", flow.hidden());
    values.put("flow.activation", word(flow.activation()));
    values.put("flow.first_activation", flow.firstActivation());
    values.put("flow.bins", flow.bins());
    values.put("flow.mask_seed", flow.maskSeed());
    values.put("flow.device", flow.device());
    values.put("flow.engine", word(flow.engine()));
    values.put("flow.threads", flow.threads());
    RunConfig.Annealing annealing = config.annealing();
    values.put("annealing.steps", annealing.steps());
    values.put("annealing.samples_per_step", annealing.samplesPerStep());
    values.put("annealing.eps_tr", bound(annealing.epsTr()));
    values.put(
        "annealing.eps_ent",
        annealing.epsEnt().isPresent() ? bound(annealing.epsEnt().getAsDouble()) : "auto");
    values.put("annealing.entropy_release", annealing.entropyRelease());
    RunConfig.Training training = config.training();
    values.put("training.gradient_steps", training.gradientSteps());
    values.put("training.batch_size", training.batchSize());
    values.put("training.learning_rate", training.learningRate());
    values.put("training.weight_decay", training.weightDecay());
    values.put("training.max_grad_norm", training.maxGradNorm());
    values.put("training.warmup_steps", training.warmupSteps());
    values.put("training.control_variate", training.controlVariate());
    RunConfig.Energy energy = config.energy();
    values.put("energy.engine", word(energy.engine()));
    values.put("energy.platform", word(energy.platform()));
    values.put("energy.workers", energy.workers());
    values.put("energy.batch_rows", energy.batchRows());
    values.put("energy.timeout_seconds", energy.timeoutSeconds());
    values.put("buffer.keep", keep(config.buffer().keepSteps()));
    values.put("buffer.ledger", config.buffer().ledger());
    values.put("checkpoint.every_seconds", config.checkpoint().everySeconds());
    values.put("checkpoint.every_gradient_steps", config.checkpoint().everyGradientSteps());
    values.put("evaluation.samples", config.evaluation().samples());
    return values;
  }

  static String json(RunConfig config) {
    Map<String, Object> tree = new LinkedHashMap<>();
    of(config)
        .forEach(
            (key, value) -> {
              int dot = key.indexOf('.');
              if (dot < 0) {
                tree.put(key, value);
              } else {
                @SuppressWarnings("unchecked") // sections hold nothing else
                Map<String, Object> section =
                    (Map<String, Object>)
                        tree.computeIfAbsent(key.substring(0, dot), s -> new LinkedHashMap<>());
                section.put(key.substring(dot + 1), value);
              }
            });
    return write(tree);
  }

  static String hash(RunConfig config) {
    Map<String, Object> deciding = of(config);
    deciding.keySet().removeIf(key -> FREE_ON_RESUME.contains(key) && !HASHED_AS.containsKey(key));
    deciding.putAll(HASHED_AS);
    if (config.target().sha256().isEmpty()) {
      // Configs of built-in systems keep the hashes they had before there were others.
      deciding.remove("target.sha256");
    }
    if (config.annealing().epsEnt().isPresent()) {
      // Nothing depends on it, and hashes of older runs know no such key.
      deciding.remove("annealing.entropy_release");
    }
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      return HexFormat.of()
          .formatHex(sha256.digest(write(deciding).getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }

  static List<String> differences(RunConfig config, RunConfig other) {
    return compare(config, other, key -> !FREE_ON_RESUME.contains(key));
  }

  static List<String> allowedDifferences(RunConfig config, RunConfig other) {
    return compare(config, other, FREE_ON_RESUME::contains);
  }

  static List<String> inexactDifferences(RunConfig config, RunConfig other) {
    return compare(config, other, INEXACT_ON_RESUME::contains);
  }

  private static List<String> compare(RunConfig config, RunConfig other, Predicate<String> keys) {
    List<String> differences = new ArrayList<>();
    Map<String, Object> others = of(other);
    of(config)
        .forEach(
            (key, value) -> {
              if (keys.test(key) && !value.equals(others.get(key))) {
                differences.add("%s: %s instead of %s".formatted(key, value, others.get(key)));
              }
            });
    return differences;
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private static Object bound(double value) {
    return Double.isInfinite(value) ? "inf" : (Object) value;
  }

  private static Object keep(int steps) {
    if (steps == RunConfig.Buffer.ALL) {
      return "all";
    }
    return steps == 1 ? "last" : (Object) steps;
  }

  private static String write(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Plain maps always have a JSON form.", e);
    }
  }
}
