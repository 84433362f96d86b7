package dev.cmt.actors.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigUtil;
import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.Targets;
import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.flow.Activation;
import dev.cmt.flow.FlowEngine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** From HOCON to a valid {@link RunConfig}, or to all that is wrong with it. */
final class RunConfigParser {
  private static final ConfigParseOptions HOCON =
      ConfigParseOptions.defaults().setSyntax(ConfigSyntax.CONF).setAllowMissing(false);

  private RunConfigParser() {}

  static RunConfig load(Path file, List<String> overrides) {
    List<ConfigProblem> problems = new ArrayList<>();
    Config merged = merge(parseFile(file, problems), overrides, problems);
    return build(merged, file.toString(), problems);
  }

  static RunConfig.Cluster loadCluster(Optional<Path> file, List<String> overrides) {
    List<ConfigProblem> problems = new ArrayList<>();
    Config given = file.map(path -> parseFile(path, problems)).orElse(ConfigFactory.empty());
    Config user = merge(given, overrides, problems).withOnlyPath("cluster");
    ConfigReader reader = new ConfigReader(user, defaults());
    RunConfig.Cluster cluster = ClusterSection.read(reader);
    problems.addAll(new KnownKeys(defaults().root()).unknownIn(user.root()));
    problems.addAll(reader.problems());
    if (!problems.isEmpty()) {
      throw new ConfigException(file.map(Path::toString).orElse("The command line"), problems);
    }
    return cluster;
  }

  private static Config parseFile(Path file, List<ConfigProblem> problems) {
    String source = file.toString();
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new ConfigException(
          source,
          List.of(
              new ConfigProblem(
                  "config file",
                  source,
                  "a readable file",
                  Files.isDirectory(file)
                      ? "This is a directory."
                      : "Run files that come with CMT lie in config/.")));
    }
    try {
      return ConfiguredMolecule.resolve(
          ConfigFactory.parseFile(file.toFile(), HOCON), file.toAbsolutePath().getParent());
    } catch (com.typesafe.config.ConfigException e) {
      problems.add(notHocon("config file", source, e));
      return ConfigFactory.empty();
    }
  }

  private static Config merge(
      Config fromFile, List<String> overrides, List<ConfigProblem> problems) {
    Config merged = fromFile;
    for (String override : overrides) {
      try {
        merged = withOverride(merged, parseOverride(override));
      } catch (com.typesafe.config.ConfigException | IllegalArgumentException e) {
        problems.add(
            new ConfigProblem(
                "override", override, "key=value", "For example annealing.eps_tr=0.3."));
      }
    }
    return merged;
  }

  static RunConfig parse(String text, List<String> overrides, String source) {
    List<ConfigProblem> problems = new ArrayList<>();
    try {
      Config merged = merge(ConfigFactory.parseString(text, HOCON), overrides, problems);
      return build(merged, source, problems);
    } catch (com.typesafe.config.ConfigException e) {
      throw new ConfigException(source, List.of(notHocon("config", source, e)));
    }
  }

  /** The defaults of {@code reference.conf}. */
  static Config defaults() {
    return Defaults.CMT;
  }

  private static final class Defaults {
    /**
     * Not by {@code ConfigFactory.defaultReference()}, which mixes in system properties, so that
     * -Dcmt.anything would become a key. Read once: the files of all libraries take a while.
     */
    static final Config CMT =
        ConfigFactory.parseResources(RunConfigParser.class.getClassLoader(), "reference.conf")
            .withOnlyPath("cmt")
            .resolve()
            .getConfig("cmt");
  }

  private static ConfigProblem notHocon(
      String key, String source, com.typesafe.config.ConfigException e) {
    return new ConfigProblem(key, source, "HOCON", "The parser says: " + e.getMessage() + ".");
  }

  /** Paths of overrides are relative to where the command is given, as shells complete them. */
  private static Config withOverride(Config config, Config override) {
    Config merged =
        ConfiguredMolecule.resolve(override, Path.of("").toAbsolutePath()).withFallback(config);
    // One target replaces the other.
    if (override.hasPath(ConfiguredMolecule.DIRECTORY) && !override.hasPath("target.system")) {
      return merged.withoutPath("target.system").withoutPath(ConfiguredMolecule.SHA256);
    }
    if (override.hasPath("target.system") && !override.hasPath(ConfiguredMolecule.DIRECTORY)) {
      return merged
          .withoutPath(ConfiguredMolecule.DIRECTORY)
          .withoutPath(ConfiguredMolecule.SHA256);
    }
    return merged;
  }

  private static Config parseOverride(String override) {
    int equals = override.indexOf('=');
    if (equals <= 0) {
      throw new IllegalArgumentException(override);
    }
    try {
      return ConfigFactory.parseString(override, HOCON);
    } catch (com.typesafe.config.ConfigException notHocon) {
      // A value such as gpu:0 that HOCON wants in quotes, which shells take away.
      return ConfigFactory.parseString(
          override.substring(0, equals + 1)
              + ConfigUtil.quoteString(override.substring(equals + 1).strip()),
          HOCON);
    }
  }

  private static RunConfig build(Config given, String source, List<ConfigProblem> problems) {
    Config user = given;
    try {
      user =
          given.resolve(
              ConfigResolveOptions.defaults()
                  // A run file means the same wherever it is read.
                  .setUseSystemEnvironment(false));
    } catch (com.typesafe.config.ConfigException e) {
      problems.add(notHocon("config", source, e));
      throw new ConfigException(source, problems);
    }
    Config defaults = defaults();
    ConfigReader reader = new ConfigReader(user, defaults);
    RunConfig config = read(reader);
    crossCheck(config, reader);
    problems.addAll(new KnownKeys(defaults.root()).unknownIn(user.root()));
    problems.addAll(reader.problems());
    if (!problems.isEmpty()) {
      throw new ConfigException(source, problems);
    }
    return config;
  }

  private static RunConfig read(ConfigReader in) {
    ConfiguredMolecule molecule = ConfiguredMolecule.read(in);
    return new RunConfig(
        in.wholeNumber("seed", Long.MIN_VALUE, Long.MAX_VALUE),
        new RunConfig.Target(
            molecule.name().orElseGet(() -> system(in)),
            molecule.directory(),
            molecule.sha256(),
            in.finite("target.temperature_k", t -> t > 0, "above 0"),
            in.finite("target.energy_cut_kt", e -> e > 0, "above 0"),
            in.finite("target.energy_max_kt", e -> e > 0, "above 0")),
        new RunConfig.Flow(
            in.count("flow.pairs", 1, 1024),
            in.counts("flow.hidden", 32, 65536),
            in.choice("flow.activation", Activation.class),
            in.flag("flow.first_activation"),
            in.count("flow.bins", 2, 64),
            in.wholeNumber("flow.mask_seed", Long.MIN_VALUE, Long.MAX_VALUE),
            device(in),
            in.choice("flow.engine", FlowEngine.class),
            in.count("flow.threads", 0, 4096)),
        new RunConfig.Annealing(
            in.count("annealing.steps", 1, Integer.MAX_VALUE),
            in.count("annealing.samples_per_step", 1, Integer.MAX_VALUE),
            in.bound("annealing.eps_tr"),
            in.boundOrAuto("annealing.eps_ent"),
            in.finite("annealing.entropy_release", f -> f > 0 && f <= 1, "above 0 and at most 1")),
        new RunConfig.Training(
            in.count("training.gradient_steps", 1, Integer.MAX_VALUE),
            in.count("training.batch_size", 1, Integer.MAX_VALUE),
            in.finite("training.learning_rate", r -> r > 0, "above 0"),
            in.finite("training.weight_decay", d -> d >= 0, "of at least 0"),
            in.finite("training.max_grad_norm", n -> n > 0, "above 0"),
            in.count("training.warmup_steps", 0, Integer.MAX_VALUE),
            in.flag("training.control_variate")),
        new RunConfig.Energy(
            in.choice("energy.engine", EnergyEngine.class),
            in.choice("energy.platform", OpenMmPlatform.class),
            in.count("energy.workers", 0, 4096),
            in.count("energy.batch_rows", 1, 65536),
            in.count("energy.timeout_seconds", 1, 86400)),
        new RunConfig.Buffer(
            in.keep("buffer.keep", RunConfig.Buffer.ALL), in.flag("buffer.ledger")),
        new RunConfig.Checkpoint(
            in.count("checkpoint.every_seconds", 0, 86400),
            in.count("checkpoint.every_gradient_steps", 0, Integer.MAX_VALUE)),
        new RunConfig.Evaluation(in.count("evaluation.samples", 1, Integer.MAX_VALUE)),
        ClusterSection.read(in));
  }

  private static String system(ConfigReader in) {
    String found = String.valueOf(in.value("target.system").unwrapped()).strip();
    return in.word(
        "target.system",
        Targets.names()::contains,
        "one of " + String.join(", ", Targets.names()),
        KnownKeys.nearest(found, Targets.names())
            .map(name -> "Did you mean %s?".formatted(name))
            .orElse("A molecule of your own goes into target.directory; ./cmt import makes it."));
  }

  private static String device(ConfigReader in) {
    String found =
        String.valueOf(in.value("flow.device").unwrapped()).strip().toLowerCase(Locale.ROOT);
    String mend =
        switch (found.replaceAll("[:0-9]+$", "")) {
          case "gpu", "cuda" ->
              "Did you mean gpu:%s?"
                  .formatted(found.matches(".*:\\d+") ? found.replaceAll(".*:", "") : "0");
          default -> "";
        };
    return in.word(
        "flow.device",
        name -> name.matches("cpu|gpu:\\d{1,4}|auto"),
        "\"cpu\", \"gpu:N\" or \"auto\"",
        mend);
  }

  /** What no key can tell alone; skipped for keys that are wrong by themselves. */
  private static void crossCheck(RunConfig config, ConfigReader in) {
    RunConfig.Training training = config.training();
    if (training.batchSize() > config.annealing().samplesPerStep()
        && in.good("training.batch_size", "annealing.samples_per_step")) {
      in.reject(
          "training.batch_size",
          "at most annealing.samples_per_step (%d)".formatted(config.annealing().samplesPerStep()),
          "");
    }
    if (training.warmupSteps() > config.totalGradientSteps()
        && in.good("training.warmup_steps", "training.gradient_steps", "annealing.steps")) {
      in.reject(
          "training.warmup_steps",
          "at most the gradient steps of the run (annealing.steps × training.gradient_steps = %d)"
              .formatted(config.totalGradientSteps()),
          "A tenth of them is usual.");
    }
    if (config.target().energyMaxKt() < config.target().energyCutKt()
        && in.good("target.energy_max_kt", "target.energy_cut_kt")) {
      in.reject(
          "target.energy_max_kt",
          "at least target.energy_cut_kt (%s)".formatted(config.target().energyCutKt()),
          "");
    }
    if (config.flow().engine() == FlowEngine.NATIVE
        && config.flow().gpu().isPresent()
        && in.good("flow.engine", "flow.device")) {
      in.reject(
          "flow.engine",
          "auto, cuda or djl on device %s".formatted(config.flow().device()),
          "The native engine computes on the CPU only.");
    }
    if (config.flow().engine() == FlowEngine.CUDA
        && config.flow().device().equals("cpu")
        && in.good("flow.engine", "flow.device")) {
      in.reject(
          "flow.engine",
          "auto, native or djl on device cpu",
          "The cuda engine computes on GPUs only: flow.device = \"gpu:0\".");
    }
  }
}
