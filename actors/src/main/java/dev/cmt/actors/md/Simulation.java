package dev.cmt.actors.md;

import dev.cmt.actors.pool.EngineConfig;
import dev.cmt.energy.md.HydrogenConstraints;
import dev.cmt.energy.md.ReplicaState;
import dev.cmt.energy.system.MolecularSystem;
import dev.cmt.energy.system.SystemXml;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A molecular dynamics simulation in this JVM: begins or goes on in a directory and works until it
 * is finished, stopped or fails. The directory is locked from {@link #start} until {@link #result}
 * completes. Safe for use by many threads.
 */
public final class Simulation {
  private static final Logger LOG = LoggerFactory.getLogger(Simulation.class);

  private static final DispatcherSelector OWN_THREAD =
      DispatcherSelector.fromConfig(EngineConfig.OWN_THREAD);

  private final CompletableFuture<SimulationResult> result = new CompletableFuture<>();
  private final SimulationFiles files;
  private final MolecularSystem system;
  private final long steps;
  private final boolean dcd;
  private final Consumer<SimulationEvent> listener;
  private ActorSystem<SimulationCoordinator.Command> actors;

  private Simulation(
      SimulationFiles files,
      MolecularSystem system,
      long steps,
      boolean dcd,
      Consumer<SimulationEvent> listener) {
    this.files = files;
    this.system = system;
    this.steps = steps;
    this.dcd = dcd;
    this.listener = listener;
  }

  /**
   * How a simulation is carried out; nothing of this changes what comes out of it.
   *
   * @param workers threads that move replicas, at least 1
   * @param saveStates how often states are saved
   * @param dcd whether frames are to be written as frames.dcd too
   */
  public record Execution(int workers, Duration saveStates, boolean dcd) {
    public Execution {
      Objects.requireNonNull(saveStates, "saveStates");
      if (workers < 1) {
        throw new IllegalArgumentException("workers (%d) must be at least 1.".formatted(workers));
      }
      if (saveStates.isNegative()) {
        throw new IllegalArgumentException(
            "saveStates (%s) must not be negative.".formatted(saveStates));
      }
    }
  }

  /**
   * Begins a simulation, takes up the one that the directory holds, or makes a finished one longer.
   *
   * @param system the molecule; starts from its minimised conformation
   * @param settings what to compute; in a directory with a simulation they must be its own
   * @param frames frames of each ladder to have in the end, at least 2
   * @param root the directory; made if it is not there
   * @param listener hears what happens, on the simulation's threads: must be quick
   * @throws IllegalArgumentException if the molecule has constraints that are not handled, or there
   *     are too few frames
   * @throws SimulationMismatchException if the directory holds a simulation with other settings, or
   *     one that went further
   * @throws dev.cmt.buffer.RunLockedException if another process works on the directory
   * @throws IOException if the directory cannot be read or written
   */
  public static Simulation start(
      MolecularSystem system,
      SimulationSettings settings,
      long frames,
      Execution execution,
      Path root,
      Consumer<SimulationEvent> listener)
      throws IOException {
    if (frames < 2) {
      throw new IllegalArgumentException(
          "A ladder must have at least 2 frames, not %d; simulate longer, or keep frames more often."
              .formatted(frames));
    }
    // Refuses now what every worker would refuse.
    HydrogenConstraints.of(SystemXml.parse(system.systemXml()));
    long steps =
        Math.addExact(
            settings.equilibrationSteps(), Math.multiplyExact(frames, settings.saveEvery()));
    SimulationFiles files = SimulationFiles.open(root, settings, system.atoms().size(), steps);
    try {
      listener.accept(new SimulationEvent.Opened(root));
      ReplicaState[] states = files.states();
      requireNotBeyond(states, settings, steps, root);
      Simulation simulation = new Simulation(files, system, steps, execution.dcd(), listener);
      simulation.begin(states, execution);
      return simulation;
    } catch (IOException | RuntimeException e) {
      files.close();
      throw e;
    }
  }

  private static void requireNotBeyond(
      ReplicaState[] states, SimulationSettings settings, long steps, Path root) {
    long furthest =
        Arrays.stream(states)
            .filter(Objects::nonNull)
            .mapToLong(ReplicaState::step)
            .max()
            .orElse(0);
    if (furthest > steps) {
      throw new SimulationMismatchException(
          "%s holds a simulation of %d frames a ladder already, more than the %d that are asked for; ask for as many or more, or name another directory."
              .formatted(root, settings.frames(furthest), settings.frames(steps)));
    }
  }

  private void begin(ReplicaState[] states, Execution execution) {
    AtomicReference<SimulationEnding> ending = new AtomicReference<>();
    SimulationCoordinator.CrewBuilder crew =
        (context, cancelled) -> {
          ActorRef<SimulationRecorder.Command> recorder =
              context.spawn(
                  SimulationRecorder.create(
                      files, execution.saveStates().toNanos(), System::nanoTime, context.getSelf()),
                  "recorder",
                  OWN_THREAD);
          context.watch(recorder);
          for (int i = 0; i < Math.min(execution.workers(), states.length); i++) {
            ActorRef<SimulationWorker.Move> worker =
                context.spawn(
                    SimulationWorker.create(
                        () -> new SegmentRunner(system, files.settings()),
                        cancelled::get,
                        recorder,
                        context.getSelf()),
                    "worker-" + i,
                    OWN_THREAD);
            context.watch(worker);
          }
          return recorder;
        };
    actors =
        ActorSystem.create(
            SimulationCoordinator.create(
                files.settings(), states, steps, crew, quietly(listener), ending::set),
            "cmt-md",
            EngineConfig.load());
    actors.getWhenTerminated().whenComplete((done, failure) -> complete(ending.get(), failure));
  }

  private void complete(SimulationEnding ending, Throwable systemFailure) {
    try {
      // Whoever hears of the result may open the directory at once.
      result.complete(conclude(ending, systemFailure));
    } catch (IOException | RuntimeException | Error e) {
      result.completeExceptionally(e);
    }
  }

  private SimulationResult conclude(SimulationEnding ending, Throwable systemFailure)
      throws IOException {
    try (files) {
      if (ending == null) {
        throw new IllegalStateException(
            "The actor system ended before the simulation did.", systemFailure);
      }
      return switch (ending.outcome()) {
        case FINISHED -> {
          quietly(listener).accept(new SimulationEvent.Concluding());
          yield new SimulationResult(
              files.root(), SimulationOutput.write(files, system, steps, dcd), null, null);
        }
        case STOPPED -> new SimulationResult(files.root(), null, null, null);
        case FAILED -> new SimulationResult(files.root(), null, ending.reason(), ending.cause());
      };
    }
  }

  /** A listener is a guest: what it throws is logged and does not touch the simulation. */
  private static Consumer<SimulationEvent> quietly(Consumer<SimulationEvent> listener) {
    return event -> {
      try {
        listener.accept(event);
      } catch (RuntimeException e) {
        LOG.error("A listener of the simulation threw on {}; the simulation goes on", event, e);
      }
    };
  }

  /** Asks the simulation to stop; it does so within seconds. Returns at once. */
  public void stop() {
    actors.tell(SimulationCoordinator.Stop.STOP);
  }

  /** Completes when all actors have stopped and the directory is closed and unlocked. */
  public CompletionStage<SimulationResult> result() {
    return result;
  }
}
