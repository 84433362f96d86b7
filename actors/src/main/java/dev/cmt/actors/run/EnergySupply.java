package dev.cmt.actors.run;

import dev.cmt.actors.cluster.ClusterSystem;
import dev.cmt.actors.cluster.FarmGate;
import dev.cmt.actors.cluster.HeadStatus;
import dev.cmt.actors.cluster.Hello;
import dev.cmt.actors.cluster.NodeRegistry;
import dev.cmt.actors.cluster.StatusServer;
import dev.cmt.actors.cluster.TargetSpec;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.actors.pool.EnergyPool;
import dev.cmt.actors.pool.Engine;
import dev.cmt.actors.pool.EngineConfig;
import dev.cmt.actors.pool.EngineOfRun;
import dev.cmt.actors.pool.PoolEvent;
import dev.cmt.actors.pool.PoolFigures;
import dev.cmt.actors.pool.Work;
import dev.cmt.actors.pool.WorkerMessage;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.buffer.RunReplica;
import dev.cmt.energy.Target;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/**
 * Who evaluates a run's energies: threads of this process, and a cluster's nodes if it is a head.
 */
final class EnergySupply {
  private final RunConfig config;
  private final RunDirectory directory;
  private final RunWatch watch;
  private final EngineOfRun engine;
  private final PoolFigures figures = new PoolFigures();
  private final NodeRegistry registry = new NodeRegistry();

  private EnergySupply(
      RunConfig config, RunDirectory directory, Optional<Engine> recorded, RunWatch watch) {
    this.config = config;
    this.directory = directory;
    this.watch = watch;
    this.engine = new EngineOfRun(recorded, config.cluster().allowOtherInstructionSets());
  }

  /**
   * What a run of this config has in this directory.
   *
   * @param watch knows where the run is, for whoever asks a head
   */
  static EnergySupply of(RunConfig config, RunDirectory directory, RunWatch watch)
      throws IOException {
    return new EnergySupply(config, directory, RunManifest.energyEngine(directory), watch);
  }

  /** Batches drawn and not yet stored, at most: it bounds every mailbox and queue of a run. */
  static int batchesUnderWay(RunConfig config) {
    return config.cluster().enabled()
        ? config.cluster().batchesUnderWay()
        : 2 * localWorkers(config) + 2;
  }

  /** Energy workers of this process. */
  static int localWorkers(RunConfig config) {
    if (config.cluster().enabled()) {
      return config.cluster().localWorkers();
    }
    return config.energy().workers() == 0
        ? Runtime.getRuntime().availableProcessors()
        : config.energy().workers();
  }

  /** Starts the run's actor system and, at a head, what answers questions on it until it ends. */
  <T> ActorSystem<T> startSystem(Behavior<T> guardian) {
    if (!config.cluster().enabled()) {
      return ActorSystem.create(guardian, "cmt-run", EngineConfig.load());
    }
    RunConfig.Cluster cluster = config.cluster();
    Supplier<HeadStatus> now = () -> HeadStatus.of(figures, registry, watch.now());
    return ClusterSystem.head(
        guardian,
        cluster,
        system -> {
          cluster.http().ifPresent(at -> StatusServer.start(system, at, cluster.tls(), now));
          cluster.probes().ifPresent(at -> StatusServer.probes(system, at, now));
        });
  }

  /**
   * Starts the pool and, at a head, the gate for nodes.
   *
   * @param context the coordinator's
   * @param target what to evaluate
   * @param buffer gets the results
   * @param finished whether the run is over for good
   */
  ActorRef<EnergyPool.Command> spawn(
      ActorContext<Coordinator.Command> context,
      Target target,
      ActorRef<BufferActor.Command> buffer,
      BooleanSupplier finished) {
    ActorRef<Coordinator.Command> coordinator = context.getSelf();
    ActorRef<EnergyPool.Command> pool =
        context.spawn(
            MemoryGuard.around(
                EnergyPool.create(
                    target,
                    settings(),
                    System::nanoTime,
                    (parent, worker, name) ->
                        TrainingRun.spawn(parent, worker, Work.class, name, coordinator),
                    batch -> buffer.tell(new BufferActor.Command.Store(batch)),
                    event -> tell(coordinator, event),
                    figures),
                EnergyPool.Command.class,
                coordinator),
            "energy-pool");
    if (config.cluster().enabled()) {
      FarmGate.Terms terms = new FarmGate.Terms(runId(), TargetSpec.of(config), engine, finished);
      context.watch(
          context.spawn(
              MemoryGuard.around(
                  FarmGate.create(
                      terms,
                      Optional.of(original()),
                      pool,
                      registry,
                      link -> MemoryGuard.around(link, WorkerMessage.class, coordinator)),
                  Hello.class,
                  coordinator),
              FarmGate.NAME));
    }
    return pool;
  }

  private FarmGate.Original original() {
    return new FarmGate.Original(
        directory,
        new RunReplica.Policy(
            TrainingRun.CHECKPOINTS,
            TrainingRun.retention(config),
            config.annealing().samplesPerStep()),
        watch::completedSteps);
  }

  private EnergyPool.Settings settings() {
    Duration timeout = Duration.ofSeconds(config.energy().timeoutSeconds());
    return config.cluster().enabled()
        ? new EnergyPool.Settings(
            localWorkers(config), true, timeout, config.cluster().stragglerFactor())
        : EnergyPool.Settings.local(localWorkers(config), timeout);
  }

  private long runId() {
    return Long.parseUnsignedLong(config.id(), 16);
  }

  private void tell(ActorRef<Coordinator.Command> coordinator, PoolEvent event) {
    if (event instanceof PoolEvent.EngineOpened opened) {
      // A node was asked before it joined; a thread of this process speaks for itself.
      engine.refusal(opened.engine());
      coordinator.tell(new Coordinator.EnergyReady(opened.engine()));
    } else if (event instanceof PoolEvent.Failed failed) {
      coordinator.tell(new Coordinator.Failure(failed.reason(), failed.cause()));
    }
  }
}
