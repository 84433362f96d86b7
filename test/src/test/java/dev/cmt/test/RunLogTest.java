package dev.cmt.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What a log of two processes says that the death of the first cost, fits of 400 steps. */
class RunLogTest {
  private static final String BEGINS =
      "INFO /r: 0 events; 0 of 3 steps complete, 0 of 8 batches of the next; begins";

  private static String goesOn(int step, int done) {
    return "INFO /r: 9 events; %d of 3 steps complete, 8 of 8 batches of the next; goes on at gradient step %d of 400 from x"
        .formatted(step, done);
  }

  private static String fitted(int step, int done) {
    return "DEBUG Fitted %d of 400 gradient steps of step %d".formatted(done, step);
  }

  private static String saving(int step, int done) {
    return "DEBUG Saving the fit of step %d at gradient step %d".formatted(step, done);
  }

  private static String named(String name) {
    return "DEBUG Journal names %s.safetensors".formatted(name);
  }

  private static RunLog.Loss lossOf(List<String> lines) {
    List<RunLog.Loss> losses = RunLog.losses(lines, 400);
    assertThat(losses).hasSize(1);
    return losses.get(0);
  }

  @Test
  void stepsAfterTheLastCheckpointAreLost() {
    assertThat(
            lossOf(
                List.of(
                    BEGINS,
                    fitted(0, 60),
                    saving(0, 60),
                    fitted(0, 130),
                    named("step-000000-fit-00000060"),
                    fitted(0, 170),
                    goesOn(0, 60),
                    fitted(0, 200))))
        .isEqualTo(new RunLog.Loss(110, 110, 0, 70, 0));
  }

  @Test
  void aCheckpointThatTheJournalNamedMustNotBeForgotten() {
    assertThat(
            lossOf(
                List.of(
                    BEGINS,
                    fitted(0, 60),
                    saving(0, 60),
                    named("step-000000-fit-00000060"),
                    fitted(0, 130),
                    goesOn(0, 0))))
        .isEqualTo(new RunLog.Loss(130, 130, 60, 70, 0));
  }

  @Test
  void stepsThatWereDoneWhileACheckpointWasWrittenAreToldApart() {
    assertThat(
            lossOf(
                List.of(
                    BEGINS,
                    fitted(0, 60),
                    saving(0, 60),
                    named("step-000000-fit-00000060"),
                    fitted(0, 400),
                    "DEBUG Stage: Exporting",
                    "DEBUG Writing step-000000.safetensors",
                    fitted(1, 50),
                    saving(1, 50),
                    goesOn(0, 60))))
        .isEqualTo(new RunLog.Loss(390, 340, 0, 340, 0));
  }

  @Test
  void batchesCountWhereAnotherProcessEvaluatesThemAgain() {
    assertThat(
            lossOf(
                List.of(
                    BEGINS,
                    "DEBUG Evaluating batch 0 of step 0",
                    "DEBUG Evaluating batch 1 of step 0",
                    "DEBUG Stored batch 0 of step 0",
                    BEGINS,
                    "DEBUG Evaluating batch 1 of step 0",
                    "DEBUG Evaluating batch 2 of step 0")))
        .isEqualTo(new RunLog.Loss(0, 0, 0, 0, 1));
  }
}
