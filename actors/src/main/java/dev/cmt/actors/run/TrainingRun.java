package dev.cmt.actors.run;

import dev.cmt.actors.cluster.ClusterSystem;
import dev.cmt.actors.config.ConfiguredTarget;
import dev.cmt.actors.config.FlowArchitectures;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.actors.pool.EnergyPool;
import dev.cmt.actors.pool.EngineConfig;
import dev.cmt.buffer.Retention;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.energy.Target;
import dev.cmt.flow.Flow;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.OptimizerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A training run in this JVM: begins or goes on in a run directory and works until it is finished,
 * stopped or fails. The run directory is locked from {@link #start} until {@link #result}
 * completes. Safe for use by many threads.
 */
public final class TrainingRun {
  /**
   * Checkpoints of whole steps that stay: the last, and one to fall back on. The samples of as many
   * steps stay with them, so that falling back costs no energy again.
   */
  public static final int CHECKPOINTS = 2;

  private static final Logger LOG = LoggerFactory.getLogger(TrainingRun.class);

  /** How long a run that has ended waits for its threads. */
  private static final int STOP_SECONDS = 3;

  private final ActorSystem<Coordinator.Command> system;
  private final RunConfig config;
  private final Target target;
  private final FlowArchitecture architecture;
  private final RunFiles files;
  private final CompletableFuture<RunResult> result = new CompletableFuture<>();
  private final AtomicBoolean closing = new AtomicBoolean();

  private TrainingRun(
      ActorSystem<Coordinator.Command> system,
      RunConfig config,
      Target target,
      FlowArchitecture architecture,
      RunFiles files) {
    this.system = system;
    this.config = config;
    this.target = target;
    this.architecture = architecture;
    this.files = files;
  }

  /**
   * Begins a run, or takes up the one that the directory holds.
   *
   * @param config what to do; in a directory with a run it must agree with the run's own in every
   *     key that decides the result
   * @param root the run directory; made if it is not there
   * @param listener hears what happens, on the run's threads: must be quick; what it throws is
   *     logged
   * @throws ConfigMismatchException if the directory holds a run of another config, with the
   *     differences
   * @throws dev.cmt.actors.config.ConfigException if a batch or a step would be too large for its
   *     buffers
   * @throws RunCompleteException if the directory holds a finished run
   * @throws dev.cmt.buffer.RunLockedException if another process works on the directory
   * @throws dev.cmt.actors.cluster.ClusterUnavailableException if the run is to be a cluster's head
   *     and cannot listen
   * @throws IOException if the directory cannot be read or written
   */
  public static TrainingRun start(RunConfig config, Path root, Consumer<RunEvent> listener)
      throws IOException {
    Target target = ConfiguredTarget.create(config);
    FlowArchitecture architecture = FlowArchitectures.architecture(target, config.flow());
    RunSizes.require(config, architecture.dimension());
    if (RunDirectory.isRun(root)) {
      refuseUnlessResumable(config, new RunDirectory(root)); // before anything there is touched
    }
    RunWatch watch = new RunWatch(config.id(), config.annealing().steps());
    Consumer<RunEvent> guarded = watch.andThen(quietly(listener));
    RunFiles files =
        RunFiles.open(
            root, retention(config), directory -> guarded.accept(new RunEvent.Opened(directory)));
    try {
      List<String> changes = refuseAnotherRun(config, files);
      RunPlan.Settings settings =
          new RunPlan.Settings(
              config.annealing().steps(),
              config.annealing().samplesPerStep(),
              config.evaluation().samples(),
              config.energy().batchRows(),
              config.training().gradientSteps(),
              EnergySupply.batchesUnderWay(config));
      ResumePoint from = files.restore(architecture, settings, changes);
      LOG.info(from.found());
      watch.goesOnAfter(from.progress().completedSteps());
      EnergySupply supply = EnergySupply.of(config, files.directory(), watch);
      return start(config, target, architecture, files, supply, settings, from, guarded);
    } catch (IOException | RuntimeException | Error e) {
      files.close();
      throw e;
    }
  }

  /** What a run of this config keeps of its samples. */
  static Retention retention(RunConfig config) {
    return new Retention(
        Math.max(CHECKPOINTS, config.buffer().keepSteps()), config.buffer().ledger());
  }

  private static TrainingRun start(
      RunConfig config,
      Target target,
      FlowArchitecture architecture,
      RunFiles files,
      EnergySupply supply,
      RunPlan.Settings settings,
      ResumePoint from,
      Consumer<RunEvent> listener) {
    Supplier<Flow> opener = () -> ConfiguredFlow.open(config, architecture, from.flow());
    OptimizerSettings optimizer =
        new OptimizerSettings(
            config.training().learningRate(),
            config.training().weightDecay(),
            config.training().maxGradNorm(),
            config.training().warmupSteps(),
            config.totalGradientSteps());
    int parameterCount = new dev.cmt.flow.coupling.FlowLayout(architecture).parameterCount();
    RunManifest manifest =
        new RunManifest(
            config,
            architecture.dimension(),
            parameterCount,
            ConfiguredFlow.threads(config),
            EnergySupply.localWorkers(config));
    AtomicReference<Coordinator.Ending> ending = new AtomicReference<>();
    Coordinator.CrewBuilder crewBuilder =
        context -> {
          ActorRef<Solver.Solve> solver =
              spawn(
                  context,
                  Solver.create(target.channels(), context.getSelf()),
                  Solver.Solve.class,
                  "solver",
                  context.getSelf());
          ActorRef<BufferActor.Command> buffer =
              spawn(
                  context,
                  BufferActor.create(
                      files, manifest, architecture, settings, solver, context.getSelf()),
                  BufferActor.Command.class,
                  "buffer",
                  context.getSelf());
          ActorRef<EnergyPool.Command> energy =
              supply.spawn(context, target, buffer, () -> isFinished(ending.get()));
          ActorRef<FlowActor.Command> flow =
              spawn(
                  context,
                  FlowActor.create(
                      opener,
                      config.seed(),
                      config.training().batchSize(),
                      config.training().controlVariate(),
                      optimizer,
                      context.getSelf()),
                  FlowActor.Command.class,
                  "flow",
                  context.getSelf());
          return new Coordinator.Crew(flow, energy, buffer, solver);
        };
    CompletableFuture<TrainingRun> handle = new CompletableFuture<>();
    Consumer<Coordinator.Ending> onEnd =
        how -> {
          ending.set(how);
          CompletableFuture.delayedExecutor(STOP_SECONDS, TimeUnit.SECONDS)
              .execute(() -> handle.join().abandon(how));
        };
    ActorSystem<Coordinator.Command> system =
        supply.startSystem(
            MemoryGuard.aroundCoordinator(
                Coordinator.create(
                    settings,
                    config.annealing().bounds(architecture.dimension()),
                    from,
                    new CheckpointCadence(config.checkpoint(), System::nanoTime),
                    crewBuilder,
                    listener,
                    onEnd),
                failure -> onEnd.accept(Coordinator.Ending.failed(failure, from.progress()))));
    TrainingRun run = new TrainingRun(system, config, target, architecture, files);
    handle.complete(run);
    system.getWhenTerminated().whenComplete((done, failure) -> run.complete(ending.get(), failure));
    return run;
  }

  /**
   * Starts an actor on a thread of its own, named {@code cmt-} and the actor's name for whoever
   * looks at threads; should it run out of memory, the run fails.
   */
  static <T> ActorRef<T> spawn(
      ActorContext<?> context,
      Behavior<T> behavior,
      Class<T> messages,
      String name,
      ActorRef<Coordinator.Command> coordinator) {
    Behavior<T> named =
        Behaviors.setup(
            own -> {
              Thread.currentThread().setName("cmt-" + name);
              return behavior;
            });
    return context.spawn(
        MemoryGuard.around(named, messages, coordinator),
        name,
        DispatcherSelector.fromConfig(EngineConfig.OWN_THREAD));
  }

  private static boolean isFinished(Coordinator.Ending ending) {
    return ending != null && ending.outcome() == RunPlan.Outcome.FINISHED;
  }

  private static void refuseUnlessResumable(RunConfig config, RunDirectory directory)
      throws IOException {
    List<String> differences = config.differences(RunManifest.readConfig(directory));
    if (!differences.isEmpty()) {
      throw new ConfigMismatchException(directory.root(), differences);
    }
    if (Files.exists(directory.summary())) {
      throw new RunCompleteException(directory.root());
    }
  }

  /**
   * Once the directory is this process's: another may have begun or finished a run in it a moment
   * ago, and the journal knows what was begun even where run.json is lost.
   *
   * @return what the config has otherwise, and may have
   */
  private static List<String> refuseAnotherRun(RunConfig config, RunFiles files)
      throws IOException {
    RunDirectory directory = files.directory();
    List<String> changes = List.of();
    if (RunDirectory.isRun(directory.root())) {
      refuseUnlessResumable(config, directory);
      RunConfig before = RunManifest.readConfig(directory);
      changes = config.allowedDifferences(before);
      config
          .inexactDifferences(before)
          .forEach(
              difference ->
                  LOG.warn(
                      "{}: the run goes on, but not bit for bit as it would have", difference));
    }
    Set<String> begun = files.configHashes();
    // run.json has the hash as the version that began the run computed it.
    if (!begun.isEmpty()
        && !begun.contains(config.hash())
        && RunManifest.configHash(directory).filter(begun::contains).isEmpty()) {
      throw new ConfigMismatchException(
          directory.root(),
          List.of(
              "the journal's events are of a run with config hash %s, not %s"
                  .formatted(String.join(", ", begun), config.hash())));
    }
    return changes;
  }

  /** A listener is a guest: what it throws is logged and does not touch the run. */
  private static Consumer<RunEvent> quietly(Consumer<RunEvent> listener) {
    return event -> {
      try {
        listener.accept(event);
      } catch (RuntimeException e) {
        LOG.error("A listener of the run threw on {}; the run goes on", event, e);
      }
    };
  }

  /**
   * Some thread never came back, such as a hung energy engine's: the run's end must not wait for
   * it. A run that has finished has stored everything before it said so, and is closed as usual.
   * The directory of any other stays open and locked, because the thread may be writing; the lock
   * ends with the process.
   */
  private void abandon(Coordinator.Ending ending) {
    if (closing.get()) {
      return;
    }
    if (isFinished(ending)) {
      LOG.warn(
          "The run has finished, but after {} s some of its threads are still busy; they are left behind.",
          STOP_SECONDS);
      complete(ending, null);
      return;
    }
    if (closing.compareAndSet(false, true)) {
      LOG.error(
          "The run has ended ({}) but after {} s some of its threads are still busy; they are left"
              + " behind and its directory stays locked until this process ends.",
          ending.reason(),
          STOP_SECONDS);
      result.complete(new RunResult(ending, config, target, files.directory(), new float[0]));
    }
  }

  private void complete(Coordinator.Ending ending, Throwable systemFailure) {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    try {
      float[] parameters = close(ending);
      if (ending == null) {
        result.completeExceptionally(
            new IllegalStateException("The actor system ended before the run did.", systemFailure));
      } else {
        result.complete(new RunResult(ending, config, target, files.directory(), parameters));
      }
    } catch (IOException | RuntimeException | Error e) {
      result.completeExceptionally(e);
    }
  }

  /**
   * Closes the directory and returns the finished flow's parameters; a run that failed keeps its
   * own reason.
   */
  private float[] close(Coordinator.Ending ending) throws IOException {
    boolean finished = isFinished(ending);
    try (files) {
      float[] parameters = finished ? files.lastState(architecture).parameters() : new float[0];
      if (ending != null) {
        String status = ending.outcome().name().toLowerCase(Locale.ROOT);
        files.journal().append(new dev.cmt.buffer.RunEvent.RunFinished(status));
      }
      return parameters;
    } catch (IOException | VirtualMachineError e) {
      if (finished || ending == null) {
        throw e;
      }
      LOG.warn(
          "The journal of {} could not be told that the run {} ({}). Nothing is lost by that: the next start reads what is there.",
          files.directory().root(),
          ending.outcome() == RunPlan.Outcome.STOPPED ? "was stopped" : "failed",
          e.getMessage());
      return new float[0];
    }
  }

  /** Where nodes reach a run that is a cluster's head, {@code HOST:PORT}; empty for any other. */
  public Optional<String> address() {
    return config.cluster().enabled()
        ? Optional.of(ClusterSystem.address(system))
        : Optional.empty();
  }

  /** Asks the run to stop; it does so within seconds and can be taken up again. Returns at once. */
  public void stop() {
    system.tell(Coordinator.Stop.STOP);
  }

  /** Completes when all actors have stopped and the run directory is closed and unlocked. */
  public CompletionStage<RunResult> result() {
    return result;
  }
}
