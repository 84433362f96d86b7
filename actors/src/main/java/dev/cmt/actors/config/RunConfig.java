package dev.cmt.actors.config;

import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.TargetSettings;
import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.flow.Activation;
import dev.cmt.flow.FlowEngine;
import dev.cmt.flow.annealing.BoundSchedule;
import dev.cmt.flow.annealing.EntropyBound;
import dev.cmt.flow.annealing.EntropyRelease;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What a run is asked to do. Valid once it exists; {@code reference.conf} documents every key and
 * holds every default.
 *
 * @param seed seed of everything random in the run
 * @param target what is sampled
 * @param flow the model that learns to sample
 * @param annealing the path from prior to target
 * @param training how the flow is fitted in each annealing step
 * @param energy who evaluates the target
 * @param buffer what stays on disk
 * @param checkpoint how often a fit under way is saved
 * @param evaluation what is measured at the end
 * @param cluster whether and how nodes of other machines evaluate energies too
 */
public record RunConfig(
    long seed,
    Target target,
    Flow flow,
    Annealing annealing,
    Training training,
    Energy energy,
    Buffer buffer,
    Checkpoint checkpoint,
    Evaluation evaluation,
    Cluster cluster) {

  /**
   * What is sampled.
   *
   * @param system name of a built-in system, or of the imported molecule
   * @param directory where the imported molecule lies, absolute; empty for a built-in system
   * @param sha256 of the imported molecule's files, in hex; empty for a built-in system
   * @param temperatureK K, above 0
   * @param energyCutKt reduced energy (kT) above which a logarithm continues it, above 0
   * @param energyMaxKt cap of reduced energies (kT), at least {@code energyCutKt}
   */
  public record Target(
      String system,
      Optional<Path> directory,
      String sha256,
      double temperatureK,
      double energyCutKt,
      double energyMaxKt) {}

  /**
   * The normalizing flow and where it computes.
   *
   * @param pairs coupling pairs
   * @param hidden widths of the hidden layers
   * @param activation between linear layers
   * @param firstActivation whether it also follows the first linear layer
   * @param bins bins of each spline
   * @param maskSeed seed of half-splits and torsion shifts
   * @param device {@code cpu}, {@code gpu:N} or {@code auto}
   * @param engine which implementation computes
   * @param threads threads of linear algebra; 0 is all cores
   */
  public record Flow(
      int pairs,
      List<Integer> hidden,
      Activation activation,
      boolean firstActivation,
      int bins,
      long maskSeed,
      String device,
      FlowEngine engine,
      int threads) {
    public Flow {
      hidden = List.copyOf(hidden);
    }

    /** Number of the GPU that must compute, counted from 0; empty where the CPU may. */
    public OptionalInt gpu() {
      return device.startsWith("gpu:")
          ? OptionalInt.of(Integer.parseInt(device.substring(4)))
          : OptionalInt.empty();
    }
  }

  /**
   * The path from prior to target.
   *
   * @param steps annealing steps
   * @param samplesPerStep samples drawn and evaluated in each
   * @param epsTr greatest KL divergence of a step in nats; infinite if the constraint is off
   * @param epsEnt greatest loss of entropy of a step in nats; infinite if the constraint is off;
   *     empty if it is chosen while the run goes on
   * @param entropyRelease part of the steps after which a bound that is chosen lets go, in (0, 1]
   */
  public record Annealing(
      int steps, int samplesPerStep, double epsTr, OptionalDouble epsEnt, double entropyRelease) {
    /**
     * How far each step may go.
     *
     * @param dimension coordinates of the flow
     */
    public BoundSchedule bounds(int dimension) {
      return new BoundSchedule(
          epsTr,
          epsEnt.isPresent()
              ? EntropyBound.constant(epsEnt.getAsDouble())
              : new EntropyRelease(dimension, steps, entropyRelease));
    }
  }

  /**
   * How the flow is fitted in each annealing step.
   *
   * @param gradientSteps gradient steps per annealing step
   * @param batchSize samples of one gradient step
   * @param learningRate peak learning rate
   * @param weightDecay L2 coefficient
   * @param maxGradNorm global norm that gradients are clipped to
   * @param warmupSteps gradient steps of linear warm-up
   * @param controlVariate whether a control variate takes noise out of the gradient
   */
  public record Training(
      int gradientSteps,
      int batchSize,
      double learningRate,
      double weightDecay,
      double maxGradNorm,
      int warmupSteps,
      boolean controlVariate) {}

  /**
   * Who evaluates the target.
   *
   * @param engine which implementation computes energies of molecules
   * @param platform OpenMM's platform
   * @param workers energy workers of this process; 0 is one for each core
   * @param batchRows rows of one batch
   * @param timeoutSeconds seconds after which a batch is given to another worker
   */
  public record Energy(
      EnergyEngine engine,
      OpenMmPlatform platform,
      int workers,
      int batchRows,
      int timeoutSeconds) {}

  /**
   * What stays on disk.
   *
   * @param keepSteps samples of how many of the latest annealing steps are kept, at least 1; {@link
   *     #ALL} keeps all
   * @param ledger whether log q and log p̃ of the other steps are kept
   */
  public record Buffer(int keepSteps, boolean ledger) {
    /** Keeps the samples of every step. */
    public static final int ALL = Integer.MAX_VALUE;
  }

  /**
   * How often a fit under way is saved: whichever comes first.
   *
   * @param everySeconds seconds between checkpoints within a fit; 0 for never
   * @param everyGradientSteps gradient steps between them; 0 for never
   */
  public record Checkpoint(int everySeconds, int everyGradientSteps) {}

  /**
   * What is measured at the end.
   *
   * @param samples samples drawn from the finished flow
   */
  public record Evaluation(int samples) {}

  /**
   * How processes of a cluster meet.
   *
   * @param enabled whether a run is the head of a cluster
   * @param bind where the process listens for others
   * @param advertise what others call it, if that is not {@code bind}
   * @param http where a head answers questions on health, metrics and status, over TLS if there is
   *     {@code tls}; empty for nowhere
   * @param probes where it answers those on health alone, never over TLS; empty for nowhere
   * @param localWorkers energy workers of the head's own process
   * @param batchesUnderWay batches drawn and not yet stored, at most
   * @param stragglerFactor multiple of the median time after which a batch goes to another node too
   * @param allowOtherInstructionSets whether nodes whose last bits may differ can join
   * @param lostAfterSeconds how long a process may be out of reach before it counts as gone
   * @param tls certificates; empty for connections that are neither encrypted nor authenticated
   */
  public record Cluster(
      boolean enabled,
      HostPort bind,
      Optional<HostPort> advertise,
      Optional<HostPort> http,
      Optional<HostPort> probes,
      int localWorkers,
      int batchesUnderWay,
      double stragglerFactor,
      boolean allowOtherInstructionSets,
      int lostAfterSeconds,
      Optional<Tls> tls) {
    /** What others call the process. */
    public HostPort address() {
      return advertise.orElse(bind);
    }

    /** Whether nobody beyond this machine can call the process. */
    public boolean isOfThisMachineOnly() {
      String host = address().host();
      return host.equals("localhost") || host.startsWith("127.") || host.equals("::1");
    }

    /**
     * Reads the {@code cluster} section alone, for a process that needs no run.
     *
     * @param file HOCON such as a run file; its other sections are not looked at
     * @param overrides {@code key=value}, each stronger than the file and those before it
     * @throws ConfigException with every problem at once
     */
    public static Cluster load(Optional<Path> file, List<String> overrides) {
      return RunConfigParser.loadCluster(file, overrides);
    }
  }

  /**
   * Files in PEM that prove who a process is. Every process of a cluster has a certificate that the
   * same authority signed, and all their certificates share a name.
   *
   * @param key private key
   * @param certificate certificate of the key
   * @param ca certificate of the authority
   */
  public record Tls(Path key, Path certificate, Path ca) {}

  /**
   * Reads a run file.
   *
   * @param file HOCON with keys at top level
   * @param overrides {@code key=value} in HOCON, each stronger than the file and those before it
   * @throws ConfigException with every problem at once if the file is missing or anything in it or
   *     in the overrides is not right
   */
  public static RunConfig load(Path file, List<String> overrides) {
    return RunConfigParser.load(file, overrides);
  }

  /**
   * Reads a config that was written by {@link #resolvedJson()}; keys it lacks get their defaults.
   *
   * @param json JSON or HOCON
   * @param source where it came from, for messages
   * @throws ConfigException with every problem at once
   */
  public static RunConfig parse(String json, String source) {
    return parse(json, List.of(), source);
  }

  /**
   * Reads a config that was written by {@link #resolvedJson()}, with some keys replaced.
   *
   * @param json JSON or HOCON
   * @param overrides {@code key=value} in HOCON, each stronger than the config and those before it
   * @param source where it came from, for messages
   * @throws ConfigException with every problem at once
   */
  public static RunConfig parse(String json, List<String> overrides, String source) {
    return RunConfigParser.parse(json, overrides, source);
  }

  /**
   * All keys with their values as one line of JSON, in the order of {@code reference.conf}, but for
   * {@code cluster}: who evaluates is no part of what a run is.
   */
  public String resolvedJson() {
    return RunConfigValues.json(this);
  }

  /**
   * SHA-256 in hex of the keys that decide the result; equal for configs that may resume another.
   */
  public String hash() {
    return RunConfigValues.hash(this);
  }

  /** Tells the run from others in logs and metrics: the first 16 digits of {@link #hash()}. */
  public String id() {
    return hash().substring(0, 16);
  }

  /**
   * Differences in keys that decide the result, one line each, such as {@code annealing.eps_tr: 0.3
   * instead of 0.5}; empty if a run of {@code other} may go on with this config.
   */
  public List<String> differences(RunConfig other) {
    return RunConfigValues.differences(this, other);
  }

  /** Differences that allow a run of {@code other} to go on: one line each. */
  public List<String> allowedDifferences(RunConfig other) {
    return RunConfigValues.allowedDifferences(this, other);
  }

  /** Those of them with which it goes on, yet not bit for bit as it would have: one line each. */
  public List<String> inexactDifferences(RunConfig other) {
    return RunConfigValues.inexactDifferences(this, other);
  }

  /** The settings that {@link ConfiguredTarget#create} needs. */
  public TargetSettings targetSettings() {
    return new TargetSettings(
        target.temperatureK(),
        target.energyCutKt(),
        target.energyMaxKt(),
        energy.engine(),
        energy.platform());
  }

  /** Target evaluations of the whole run: steps × samples per step. */
  public long targetEvaluations() {
    return (long) annealing.steps() * annealing.samplesPerStep();
  }

  /** Gradient steps of the whole run. */
  public long totalGradientSteps() {
    return (long) annealing.steps() * training.gradientSteps();
  }
}
