package dev.cmt.actors.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.actors.cluster.RunProgress;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunWatchTest {
  private final RunWatch watch = new RunWatch("0123456789abcdef", 6);

  @Test
  void aRunThatIsTakenUpIsWhereItWas() {
    assertThat(watch.now())
        .extracting(RunProgress::id, RunProgress::stage, RunProgress::step, RunProgress::steps)
        .containsExactly("0123456789abcdef", "starting", 0, 6);
    watch.goesOnAfter(4);
    assertThat(watch.now().step()).as("while it waits for nodes").isEqualTo(4);
    assertThat(watch.completedSteps()).as("what a standby may copy meanwhile").isEqualTo(4);
    watch.accept(new RunEvent.Started("goes on", 4, 6, "native", "kernel"));
    assertThat(watch.now().step()).isEqualTo(4);
    assertThat(watch.completedSteps()).isEqualTo(4);
    assertThat(watch.now().latest()).isNull();
  }

  @Test
  void theLatestStepStaysWhileTheNextIsCollectedAndFitted() {
    watch.accept(new RunEvent.Collected(1, 500, 4000, 4500));
    assertThat(watch.now().stage()).isEqualTo("collecting");
    assertThat(watch.now().storedRows()).isEqualTo(500);
    watch.accept(new RunEvent.Fitted(1, 20, 200));
    assertThat(watch.now().stage()).isEqualTo("fitting");
    assertThat(watch.now())
        .extracting(RunProgress::gradientStepsDone, RunProgress::gradientSteps)
        .containsExactly(20, 200);
    assertThat(watch.now().targetEvals()).isEqualTo(4500);
    watch.accept(
        new RunEvent.StepCompleted(
            new StepRecord(
                1,
                2,
                3,
                0.5,
                0.25,
                null,
                0.3,
                -8.5,
                0.5,
                1.5,
                0.6,
                0.125,
                8000,
                400,
                -0.75,
                9,
                0,
                true,
                7,
                new StepRecord.Seconds(1, 2, 3, 4, 5),
                List.of())));
    watch.accept(new RunEvent.Collected(2, 1000, 4000, 9000));
    RunProgress now = watch.now();
    assertThat(now.step()).isEqualTo(2);
    assertThat(now.gradientStepsDone()).isZero();
    assertThat(now.latest())
        .isEqualTo(new RunProgress.Step(1, 0.6, 0.125, -8.5, 0.5, 0.3, 1.5, 0.5, 0.25, -0.75, 7));
  }
}
