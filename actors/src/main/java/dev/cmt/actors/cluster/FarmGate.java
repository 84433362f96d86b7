package dev.cmt.actors.cluster;

import dev.cmt.actors.config.ProductVersion;
import dev.cmt.actors.pool.EnergyPool;
import dev.cmt.actors.pool.EngineConfig;
import dev.cmt.actors.pool.EngineOfRun;
import dev.cmt.actors.pool.WorkerMessage;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.buffer.RunReplica;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.UnaryOperator;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.apache.pekko.actor.typed.receptionist.ServiceKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where nodes ask a run to be let in. Lets in those that will compute the same bits, each with a
 * {@link NodeLink} that stands for it in the energy pool or, if it is a standby, a {@link
 * StandbyLink} that reads for it, and tells the others why not.
 */
public final class FarmGate extends AbstractBehavior<Hello> {
  /** What nodes look for. */
  static final ServiceKey<Hello> KEY = ServiceKey.create(Hello.class, "cmt-farm");

  /** The gate's name below the guardian; the large-message lane is configured for its children. */
  public static final String NAME = "gate";

  private static final Logger LOG = LoggerFactory.getLogger(FarmGate.class);

  /**
   * What a run asks of nodes.
   *
   * @param run tells the run from others
   * @param target what it samples
   * @param engine which engine its bits are made of
   * @param finished whether the run is over for good; asked when the gate closes
   */
  public record Terms(long run, TargetSpec target, EngineOfRun engine, BooleanSupplier finished) {}

  /**
   * What a standby may copy of a run.
   *
   * @param directory the run's
   * @param policy what the run keeps
   * @param completedSteps how far it has come; called on any thread
   */
  public record Original(
      RunDirectory directory, RunReplica.Policy policy, IntSupplier completedSteps) {}

  private final Terms terms;
  private final Optional<Original> original;
  private final String energyBuild;
  private final ActorRef<EnergyPool.Command> pool;
  private final NodeRegistry registry;
  private final UnaryOperator<Behavior<WorkerMessage>> guard;
  private final Map<ActorRef<ToNode>, ActorRef<NodeLink.Greet>> links = new HashMap<>();

  /** The latest that were; an actor that starts anew is another. */
  private final Set<ActorRef<ToNode>> turnedAway =
      Collections.newSetFromMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<ActorRef<ToNode>, Boolean> eldest) {
              return size() > 100;
            }
          });

  private int admitted;

  private FarmGate(
      ActorContext<Hello> context,
      Terms terms,
      Optional<Original> original,
      ActorRef<EnergyPool.Command> pool,
      NodeRegistry registry,
      UnaryOperator<Behavior<WorkerMessage>> guard) {
    super(context);
    this.terms = terms;
    this.original = original;
    this.energyBuild = EnergyBuild.fingerprint();
    this.pool = pool;
    this.registry = registry;
    this.guard = guard;
    context.getSystem().receptionist().tell(Receptionist.register(KEY, context.getSelf()));
  }

  /**
   * A gate; one a run, and the system must be a cluster's.
   *
   * @param terms what the run asks of nodes
   * @param original what standbys may copy; empty to turn them away
   * @param pool for which nodes will work
   * @param registry told who is there and what they do
   * @param guard wraps the actor that stands for a node, so that its owner hears when the JVM fails
   *     it
   */
  public static Behavior<Hello> create(
      Terms terms,
      Optional<Original> original,
      ActorRef<EnergyPool.Command> pool,
      NodeRegistry registry,
      UnaryOperator<Behavior<WorkerMessage>> guard) {
    return Behaviors.setup(
        context -> new FarmGate(context, terms, original, pool, registry, guard));
  }

  @Override
  public Receive<Hello> createReceive() {
    return newReceiveBuilder()
        .onMessage(Hello.class, this::asked)
        .onSignal(Terminated.class, this::gone)
        .build();
  }

  private Behavior<Hello> asked(Hello hello) {
    ActorRef<NodeLink.Greet> known = links.get(hello.node());
    if (known != null) {
      known.tell(NodeLink.Greet.GREET); // the welcome got lost
      return this;
    }
    Optional<String> refusal = refusal(hello);
    if (refusal.isPresent()) {
      if (turnedAway.add(hello.node())) { // else it asks again because it has not heard yet
        LOG.warn("Turned away {}: {}", hello.name(), refusal.get());
        registry.turnedAway(hello.name(), refusal.get());
      }
      hello.node().tell(new ToNode.TurnedAway(refusal.get()));
      return this;
    }
    ActorRef<NodeLink.Greet> link =
        hello.standby()
            ? spawn(
                StandbyLink.create(hello, terms, original.orElseThrow(), registry),
                "standby-" + admitted++,
                DispatcherSelector.fromConfig(EngineConfig.OWN_THREAD)) // it reads files
            : spawn(
                NodeLink.create(hello, terms, pool, registry, System::nanoTime),
                "node-" + admitted++,
                DispatcherSelector.sameAsParent());
    getContext().watch(link);
    links.put(hello.node(), link);
    return this;
  }

  private ActorRef<NodeLink.Greet> spawn(
      Behavior<WorkerMessage> link, String name, DispatcherSelector thread) {
    return getContext()
        .spawn(
            Behaviors.supervise(guard.apply(link)).onFailure(SupervisorStrategy.stop()),
            name,
            thread)
        .narrow();
  }

  private Behavior<Hello> gone(Terminated link) {
    links.values().removeIf(one -> one.path().equals(link.getRef().path()));
    return this;
  }

  private Optional<String> refusal(Hello hello) {
    if (hello.protocol() < Hello.OLDEST_PROTOCOL || hello.protocol() > Hello.PROTOCOL) {
      return Optional.of(
          "it speaks protocol %d (version %s), and the head (version %s) protocols %d to %d; run the same build everywhere"
              .formatted(
                  hello.protocol(),
                  hello.version(),
                  ProductVersion.current(),
                  Hello.OLDEST_PROTOCOL,
                  Hello.PROTOCOL));
    }
    if (!hello.energyBuild().equals(energyBuild)) {
      return Optional.of(
          "its build of the energy code (version %s, %.12s…) is not the head's (version %s, %.12s…); run the same build everywhere"
              .formatted(
                  hello.version(), hello.energyBuild(), ProductVersion.current(), energyBuild));
    }
    if (hello.standby() && original.isEmpty()) {
      return Optional.of("it is a standby, and this head has no run to copy");
    }
    return Optional.empty();
  }
}
