package dev.cmt.actors.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.flow.Activation;
import dev.cmt.flow.Fit;
import dev.cmt.flow.Flow;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowChannel;
import dev.cmt.flow.FlowEngine;
import dev.cmt.flow.Flows;
import dev.cmt.flow.OptimizerSettings;
import dev.cmt.flow.base.CounterRandom;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When a fit is opened, cut and closed, with what was asked of the flow noted on the way. */
class FlowActorTest {
  private static final long SEED = 5;
  private static final int ROWS = 300;
  private static final int BATCH = 64;
  private static final OptimizerSettings OPTIMIZER = new OptimizerSettings(1e-2, 0, 1, 0, 1000);
  private static final FlowArchitecture ARCHITECTURE =
      new FlowArchitecture(
          List.of(new FlowChannel("x", 2, false, false)),
          2,
          List.of(16, 16),
          Activation.SILU,
          true,
          8,
          1);

  private final ActorTestKit kit = ActorTestKit.create();
  private final TestProbe<Coordinator.Command> coordinator = kit.createTestProbe();
  private final List<String> calls = Collections.synchronizedList(new ArrayList<>());

  @AfterEach
  void shutDown() {
    kit.shutdownTestKit();
  }

  @Test
  void opensOneFitForEachSetAndClosesItWithItsLastStep() {
    ActorRef<FlowActor.Command> actor = spawn();
    FitFigures first = fit(actor, set(0), FitFigures.NONE, 500);
    FitFigures second = fit(actor, set(1), FitFigures.NONE, 3);

    assertThat(first.steps()).isEqualTo(500);
    assertThat(second.steps()).isEqualTo(3);
    assertThat(calls).startsWith("open", "1").contains("close");
    assertThat(calls.stream().filter(call -> !call.matches("\\d+")))
        .containsExactly("open", "close", "open", "close");
    assertThat(
            calls.subList(0, calls.indexOf("close")).stream().skip(1).mapToInt(Integer::parseInt))
        .as("the calls grow with what a step was measured to take")
        .anyMatch(count -> count > 1)
        .satisfies(counts -> assertThat(counts.stream().mapToInt(c -> c).sum()).isEqualTo(500));
  }

  /** A run that was killed cuts its fits elsewhere, and ends with the same flow. */
  @Test
  void cutsOfAFitLeaveNoTrace() {
    TrainingSet set = set(0);
    ActorRef<FlowActor.Command> whole = spawn();
    FitFigures undisturbed = fit(whole, set, FitFigures.NONE, 60);
    ActorRef<FlowActor.Command> parts = spawn();
    FitFigures cut = fit(parts, set(0), FitFigures.NONE, 1);
    cut = fit(parts, set(0), cut, 18);
    cut = fit(parts, set(0), cut, 60);

    assertThat(cut).usingRecursiveComparison().ignoringFields("seconds").isEqualTo(undisturbed);
    assertThat(parameters(parts, cut)).isEqualTo(parameters(whole, undisturbed));
  }

  @Test
  void aStopClosesTheOpenFitAndTheFlow() {
    ActorRef<FlowActor.Command> actor = spawn();
    actor.tell(
        new FlowActor.Command.Fit(
            set(0), FitFigures.NONE, Integer.MAX_VALUE, coordinator.getRef()));
    coordinator.expectMessageClass(Coordinator.SliceFitted.class);
    assertThat(calls).contains("open").doesNotContain("close");
    kit.stop(actor);
    assertThat(calls).endsWith("close", "close flow");
  }

  private ActorRef<FlowActor.Command> spawn() {
    ActorRef<FlowActor.Command> actor =
        kit.spawn(
            FlowActor.create(
                () -> watched(Flows.open(ARCHITECTURE, FlowEngine.NATIVE, "cpu", 1, 1)),
                SEED,
                BATCH,
                true,
                OPTIMIZER,
                coordinator.getRef()));
    coordinator.expectMessageClass(Coordinator.FlowReady.class);
    return actor;
  }

  /** Asks for slices as the coordinator does, until the fit has come so far. */
  private FitFigures fit(
      ActorRef<FlowActor.Command> actor, TrainingSet set, FitFigures soFar, int total) {
    FitFigures figures = soFar;
    while (figures.steps() < total) {
      actor.tell(new FlowActor.Command.Fit(set, figures, total, coordinator.getRef()));
      figures = coordinator.expectMessageClass(Coordinator.SliceFitted.class).fit();
    }
    return figures;
  }

  private float[] parameters(ActorRef<FlowActor.Command> actor, FitFigures figures) {
    actor.tell(new FlowActor.Command.Export(0, figures, true, coordinator.getRef()));
    return coordinator.expectMessageClass(Coordinator.Exported.class).state().parameters();
  }

  private static TrainingSet set(int step) {
    double[] draws = new double[2 * ROWS];
    CounterRandom.uniforms(SEED, step, draws);
    float[] u = new float[draws.length];
    for (int i = 0; i < u.length; i++) {
      u[i] = (float) (draws[i] * draws[i]);
    }
    double[] ones = new double[ROWS];
    Arrays.fill(ones, 1);
    boolean[] usable = new boolean[ROWS];
    Arrays.fill(usable, true);
    return new TrainingSet(step, u, ones, new double[ROWS], usable);
  }

  /** Notes opened and closed fits and the gradient steps of their calls. */
  private Flow watched(Flow flow) {
    return watched(
        Flow.class,
        flow,
        (name, arguments, result) -> {
          switch (name) {
            case "fit":
              calls.add("open");
              return watched(
                  Fit.class,
                  (Fit) result,
                  (fitName, fitArguments, slice) -> {
                    calls.add(
                        fitName.equals("train")
                            ? String.valueOf(((int[]) fitArguments[0]).length / BATCH)
                            : fitName);
                    return slice;
                  });
            case "close":
              calls.add("close flow");
              return result;
            default:
              return result;
          }
        });
  }

  private interface Watcher {
    Object after(String method, Object[] arguments, Object result);
  }

  private static <T> T watched(Class<T> type, T real, Watcher watcher) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              try {
                return watcher.after(method.getName(), arguments, method.invoke(real, arguments));
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }
}
