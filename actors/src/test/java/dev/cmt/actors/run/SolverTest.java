package dev.cmt.actors.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.buffer.StepSamples;
import dev.cmt.energy.Channel;
import dev.cmt.energy.Prior;
import dev.cmt.flow.Activation;
import dev.cmt.flow.ControlVariate;
import dev.cmt.flow.Fit;
import dev.cmt.flow.Flow;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowChannel;
import dev.cmt.flow.FlowEngine;
import dev.cmt.flow.Flows;
import dev.cmt.flow.OptimizerSettings;
import dev.cmt.flow.TrainingStep;
import dev.cmt.flow.annealing.Bounds;
import java.util.Arrays;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.Test;

class SolverTest {
  private static final int ROWS = 200;
  private static final FlowArchitecture ARCHITECTURE =
      new FlowArchitecture(
          List.of(new FlowChannel("x", 2, false, false)),
          1,
          List.of(8),
          Activation.RELU,
          false,
          2,
          1);

  /** What an energy worker could not evaluate is in the journal, and out of the training set. */
  @Test
  void rowsWithoutAnEnergyAreNotLearnedFrom() {
    ActorTestKit kit = ActorTestKit.create();
    try {
      TestProbe<Coordinator.Command> coordinator = kit.createTestProbe();
      Bounds bounds = new Bounds(0.1, 0.1);
      var solver =
          kit.spawn(
              Solver.create(
                  List.of(new Channel("x", 2, false, Prior.UNIFORM)), coordinator.getRef()));

      solver.tell(new Solver.Solve(samples(true), bounds));
      Coordinator.Solved some = coordinator.expectMessageClass(Coordinator.Solved.class);
      solver.tell(new Solver.Solve(samples(false), bounds));
      Coordinator.Solved sound = coordinator.expectMessageClass(Coordinator.Solved.class);

      assertThat(some.set().size()).isEqualTo(ROWS / 2);
      assertThat(sound.set().size()).isEqualTo(ROWS / 2);
      assertThat(some.solution().lambda()).isEqualTo(sound.solution().lambda());
      assertThat(some.solution().targetLogZ()).isFinite();
      try (Flow flow = Flows.open(ARCHITECTURE, FlowEngine.NATIVE, "cpu", 1, 1);
          Fit fit = some.set().fit(flow)) {
        int[] rows = some.set().minibatches(1, 0, 1, ROWS / 2);
        assertThat(Arrays.stream(rows).boxed())
            .doesNotHaveDuplicates()
            .allMatch(row -> row % 2 == 0);
        OptimizerSettings settings = new OptimizerSettings(1e-3, 0, 1, 0, 10);
        assertThat(fit.train(rows, ROWS / 2, true, ControlVariate.START, settings).steps())
            .allMatch(TrainingStep::applied);
      }
    } finally {
      kit.shutdownTestKit();
    }
  }

  /** Sound rows and, if asked for, as many between them that failed; these have no numbers. */
  private static StepSamples samples(boolean failures) {
    int rows = failures ? ROWS : ROWS / 2;
    float[] u = new float[2 * rows];
    double[] logQ = new double[rows];
    double[] logP = new double[rows];
    for (int row = 0; row < rows; row++) {
      boolean failed = failures && row % 2 == 1;
      int sound = failures ? row / 2 : row;
      u[2 * row] = failed ? Float.NaN : sound / (float) ROWS;
      u[2 * row + 1] = 0.5f;
      logQ[row] = failed ? Double.NaN : Math.cos(sound);
      logP[row] = failed ? Double.NaN : -0.01 * sound;
    }
    return new StepSamples(0, rows, 2, new int[] {0}, u, logQ, logP, new double[rows]);
  }
}
