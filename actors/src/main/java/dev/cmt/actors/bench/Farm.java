package dev.cmt.actors.bench;

import dev.cmt.actors.cluster.ClusterSystem;
import dev.cmt.actors.cluster.FarmGate;
import dev.cmt.actors.cluster.NodeRegistry;
import dev.cmt.actors.cluster.TargetSpec;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.actors.pool.EnergyPool;
import dev.cmt.actors.pool.EngineConfig;
import dev.cmt.actors.pool.EngineOfRun;
import dev.cmt.actors.pool.PoolEvent;
import dev.cmt.actors.pool.PoolFigures;
import dev.cmt.actors.pool.SampledBatch;
import dev.cmt.energy.Target;
import dev.cmt.flow.base.CounterRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * An energy pool that is kept busy: with workers of this process, or as a head with nodes in
 * processes of their own. The pool, its workers and what lies between are those of a run; only
 * where batches come from and go to is the benchmark's. Used by one thread; owns its nodes until
 * closed.
 */
final class Farm implements AutoCloseable {
  private static final long SEED = 1;

  /** Enough that caches do not hold them all. */
  private static final int DISTINCT_BATCHES = 64;

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration BATCH_TIMEOUT = Duration.ofMinutes(10);

  /**
   * What a farm did in a while.
   *
   * @param rowsPerSecond evaluated
   * @param headCpuMicros CPU time a row at this process, µs; of its workers too, if it has any
   * @param nodesCpuMicros CPU time a row at the nodes together, µs
   */
  record Window(double rowsPerSecond, double headCpuMicros, double nodesCpuMicros) {}

  /** What the guardian understands. */
  private sealed interface Command permits Feed, Done {}

  /** Batches under way from here on, at most; 0 lets the pool run dry. */
  private record Feed(int underWay) implements Command {}

  private record Done() implements Command {}

  private final int workers;
  private final int rows;
  private final int underWay;
  private final List<SampledBatch> batches;
  private final PoolFigures figures = new PoolFigures();
  private final List<FarmNode> nodes = new ArrayList<>();
  private final ActorSystem<Command> system;
  private final List<Long> completions = new ArrayList<>();
  private int opened;
  private PoolEvent.Failed failure;

  /**
   * Opens a farm without nodes.
   *
   * @param target what to evaluate
   * @param workers threads of this process
   * @param rows of a batch
   */
  static Farm here(Target target, int workers, int rows) {
    Farm farm = new Farm(target, Optional.empty(), workers, rows);
    farm.awaitOpened(workers);
    return farm;
  }

  /**
   * Opens a head and its nodes, all on this machine.
   *
   * @param target what to evaluate
   * @param spec what nodes are told of it
   * @param workersOfNodes worker threads of each node
   * @param rows of a batch
   * @param millisARow for a {@link SleepingTarget}
   */
  static Farm withNodes(
      Target target,
      TargetSpec spec,
      List<Integer> workersOfNodes,
      int rows,
      Optional<Double> millisARow) {
    int workers = workersOfNodes.stream().mapToInt(Integer::intValue).sum();
    Farm farm = new Farm(target, Optional.of(spec), workers, rows);
    try {
      String seed = ClusterSystem.address(farm.system);
      workersOfNodes.forEach(threads -> farm.nodes.add(FarmNode.start(seed, threads, millisARow)));
      farm.awaitOpened(workersOfNodes.size());
      return farm;
    } catch (RuntimeException e) {
      farm.close();
      throw e;
    }
  }

  private Farm(Target target, Optional<TargetSpec> spec, int workers, int rows) {
    this.workers = workers;
    this.rows = rows;
    // What keeps all threads busy: docs of cluster.batches_under_way.
    this.underWay = 4 * workers + 2;
    this.batches = batches(target.dimension(), rows);
    EnergyPool.Settings settings =
        new EnergyPool.Settings(
            spec.isPresent() ? 0 : workers,
            spec.isPresent(),
            BATCH_TIMEOUT,
            Double.POSITIVE_INFINITY);
    Behavior<Command> guardian = guardian(target, spec, settings);
    system =
        spec.isPresent()
            ? ClusterSystem.head(
                guardian,
                RunConfig.Cluster.load(Optional.empty(), List.of("cluster.bind=\"127.0.0.1:0\"")),
                cluster -> {})
            : ActorSystem.create(guardian, "cmt-bench", EngineConfig.load());
  }

  private static List<SampledBatch> batches(int dimension, int rows) {
    return IntStream.range(0, DISTINCT_BATCHES)
        .mapToObj(
            batch -> {
              double[] uniforms = new double[rows * dimension];
              CounterRandom.uniforms(SEED, batch, uniforms);
              float[] u = new float[uniforms.length];
              for (int i = 0; i < u.length; i++) {
                u[i] = (float) uniforms[i];
              }
              return new SampledBatch(0, batch, 0, u, new double[rows], 0);
            })
        .toList();
  }

  private Behavior<Command> guardian(
      Target target, Optional<TargetSpec> spec, EnergyPool.Settings settings) {
    return Behaviors.setup(
        context -> {
          ActorRef<EnergyPool.Command> pool =
              context.spawn(
                  EnergyPool.create(
                      target,
                      settings,
                      System::nanoTime,
                      (parent, worker, name) ->
                          parent.spawn(
                              worker, name, DispatcherSelector.fromConfig(EngineConfig.OWN_THREAD)),
                      batch -> context.getSelf().tell(new Done()),
                      this::hear,
                      figures),
                  "energy-pool");
          spec.ifPresent(
              one ->
                  context.spawn(
                      FarmGate.create(
                          new FarmGate.Terms(
                              SEED, one, new EngineOfRun(Optional.empty(), false), () -> true),
                          Optional.empty(),
                          pool,
                          new NodeRegistry(),
                          UnaryOperator.identity()),
                      FarmGate.NAME));
          return new Feeder(pool).behavior();
        });
  }

  /** Gives the pool a batch for each that comes back; on the guardian's thread alone. */
  private final class Feeder {
    private final ActorRef<EnergyPool.Command> pool;
    private int wanted;
    private int under;
    private int next;

    Feeder(ActorRef<EnergyPool.Command> pool) {
      this.pool = pool;
    }

    Behavior<Command> behavior() {
      return Behaviors.receive(Command.class)
          .onMessage(Feed.class, feed -> feed(feed.underWay()))
          .onMessage(Done.class, done -> done())
          .build();
    }

    private Behavior<Command> done() {
      under--;
      count();
      return feed(wanted);
    }

    private Behavior<Command> feed(int most) {
      wanted = most;
      while (under < wanted) {
        SampledBatch one = batches.get(next % batches.size());
        // The pool tells batches apart by step and index.
        pool.tell(
            new EnergyPool.Evaluate(
                new SampledBatch(0, next, 0, one.u(), one.logQ(), one.sampleSeconds())));
        next++;
        under++;
      }
      return Behaviors.same();
    }
  }

  private synchronized void count() {
    completions.add(System.nanoTime());
  }

  private synchronized void hear(PoolEvent event) {
    if (event instanceof PoolEvent.EngineOpened) {
      opened++;
    } else if (event instanceof PoolEvent.Failed failed) {
      failure = failed;
    }
  }

  private void awaitOpened(int engines) {
    await(
        () -> openedSoFar() >= engines,
        () -> "only %d of %d have opened their engine".formatted(openedSoFar(), engines));
  }

  private synchronized int openedSoFar() {
    return opened;
  }

  private synchronized void requireHealth() {
    if (failure != null) {
      throw new IllegalStateException(failure.reason(), failure.cause());
    }
    if (!nodes.stream().allMatch(FarmNode::isAlive)) {
      throw new IllegalStateException("A node of the farm has ended; it says why above.");
    }
  }

  /** Keeps everybody busy for a while without looking at the clock. */
  void warmUp(double seconds) {
    system.tell(new Feed(underWay));
    pause(seconds);
    requireHealth();
    system.tell(new Feed(0));
    awaitDry();
  }

  /**
   * Keeps everybody busy and measures, from a while after the start to a while before the end.
   *
   * @param settleSeconds until every worker has something to do, at least
   * @param seconds that count
   */
  Window measure(double settleSeconds, double seconds) {
    int before = completed();
    system.tell(new Feed(underWay));
    pause(settleSeconds);
    await(
        () -> completed() >= before + workers,
        () -> "%d workers have evaluated no batch each".formatted(workers));
    double headBefore = ProcessCpu.seconds();
    double nodesBefore = nodesCpuSeconds();
    int from = completed();
    pause(seconds);
    int to = completed();
    double head = ProcessCpu.seconds() - headBefore;
    double atNodes = nodesCpuSeconds() - nodesBefore;
    system.tell(new Feed(0));
    awaitDry();
    // Whole rounds: workers that began together answer together.
    int counted = (to - from) / workers * workers;
    if (counted == 0) {
      throw new IllegalStateException(
          "In %.1f s %d workers have not even evaluated a batch each; measure for longer."
              .formatted(seconds, workers));
    }
    double evaluated = (double) (to - from) * rows;
    return new Window(
        counted * (double) rows / secondsBetween(from, from + counted),
        1e6 * head / evaluated,
        1e6 * atNodes / evaluated);
  }

  private double nodesCpuSeconds() {
    return nodes.stream().mapToDouble(node -> node.cpu().toNanos() * 1e-9).sum();
  }

  private synchronized int completed() {
    return completions.size() - 1;
  }

  private synchronized double secondsBetween(int from, int to) {
    return (completions.get(to) - completions.get(from)) * 1e-9;
  }

  private void awaitDry() {
    await(
        () -> figures.waiting() + figures.assigned() == 0,
        () -> "%d batches have had no answer".formatted(figures.waiting() + figures.assigned()));
  }

  private void await(BooleanSupplier what, Supplier<String> otherwise) {
    long start = System.nanoTime();
    while (!what.getAsBoolean()) {
      requireHealth();
      if (System.nanoTime() - start > PATIENCE.toNanos()) {
        throw new IllegalStateException(
            "After %d s %s.".formatted(PATIENCE.toSeconds(), otherwise.get()));
      }
      pause(0.005);
    }
  }

  private static void pause(double seconds) {
    try {
      TimeUnit.NANOSECONDS.sleep((long) (seconds * 1e9));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("The benchmark was interrupted.", e);
    }
  }

  /** Ends pool and nodes; nodes hear from the head that the run is finished. */
  @Override
  public void close() {
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().join();
    nodes.forEach(FarmNode::close);
  }
}
