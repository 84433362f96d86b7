package dev.cmt.actors.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.buffer.StepSamples;
import dev.cmt.energy.Channel;
import dev.cmt.energy.Prior;
import dev.cmt.flow.annealing.Bounds;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.Test;

class SolverTest {
  private static final int ROWS = 200;

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
                  List.of(new Channel("x", 1, false, Prior.UNIFORM)), coordinator.getRef()));

      solver.tell(new Solver.Solve(samples(true), bounds));
      Coordinator.Solved some = coordinator.expectMessageClass(Coordinator.Solved.class);
      solver.tell(new Solver.Solve(samples(false), bounds));
      Coordinator.Solved sound = coordinator.expectMessageClass(Coordinator.Solved.class);

      assertThat(some.set().size()).isEqualTo(ROWS / 2);
      assertThat(sound.set().size()).isEqualTo(ROWS / 2);
      assertThat(some.solution().lambda()).isEqualTo(sound.solution().lambda());
      assertThat(some.solution().targetLogZ()).isFinite();
      float[] u = new float[ROWS / 2];
      double[] weights = new double[ROWS / 2];
      some.set().minibatch(1, 0, ROWS / 2, u, weights, new double[ROWS / 2]);
      assertThat(u).doesNotContain(-1f);
      assertThat(weights).doesNotContain(Double.NaN);
    } finally {
      kit.shutdownTestKit();
    }
  }

  /** Sound rows and, if asked for, as many between them that failed; these have u = -1. */
  private static StepSamples samples(boolean failures) {
    int rows = failures ? ROWS : ROWS / 2;
    float[] u = new float[rows];
    double[] logQ = new double[rows];
    double[] logP = new double[rows];
    for (int row = 0; row < rows; row++) {
      boolean failed = failures && row % 2 == 1;
      int sound = failures ? row / 2 : row;
      u[row] = failed ? -1 : sound / (float) ROWS;
      logQ[row] = Math.cos(sound);
      logP[row] = failed ? Double.NaN : -0.01 * sound;
    }
    return new StepSamples(0, rows, 1, new int[] {0}, u, logQ, logP, new double[rows]);
  }
}
