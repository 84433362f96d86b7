package dev.cmt.test;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.actors.run.RunResult;
import java.nio.file.Path;

/**
 * A run in this JVM that nobody disturbed: whatever happens to others of its spec, they end like
 * it.
 *
 * @param directory its run directory
 * @param result what came out
 */
record Undisturbed(Path directory, RunResult result) {
  static Undisturbed run(SmallRuns.Spec spec, Path directory) throws Exception {
    RunResult result = SmallRuns.run(spec, directory);
    assertThat(result.status()).as(result.reason()).isEqualTo(RunResult.Status.FINISHED);
    return new Undisturbed(directory, result);
  }

  /** That a finished run has the same parameters and the same figures of every step. */
  void assertSame(Path run) throws Exception {
    assertThat(SmallRuns.summary(run).get("parameters_sha256").asText())
        .isEqualTo(result.parametersSha256());
    assertThat(SmallRuns.steps(run)).isEqualTo(SmallRuns.steps(directory));
  }
}
