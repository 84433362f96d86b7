package dev.cmt.actors.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.cmt.buffer.AtomicFile;
import dev.cmt.buffer.RunDirectory;
import java.io.IOException;

/**
 * {@code summary.json} of a finished run (snake_case keys).
 *
 * @param status {@code finished}
 * @param reachedTarget whether the last step aimed at the target itself
 * @param ess effective sample size of the final evaluation, 0 to 1, clipped as in the paper
 * @param logZ log of the target's normaliser
 * @param logZStderr its bootstrap standard error
 * @param elbo evidence lower bound with the lowest weights clipped
 * @param targetEvals target evaluations of the annealing steps; the final evaluation's are not
 *     among them
 * @param steps annealing steps
 * @param wallSeconds seconds that processes worked on completed steps
 * @param parameterCount parameters of the flow
 * @param parametersSha256 SHA-256 over their bytes in declared order, little-endian
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RunSummary(
    String status,
    boolean reachedTarget,
    double ess,
    double logZ,
    @JsonProperty("log_z_stderr") double logZStderr,
    double elbo,
    long targetEvals,
    int steps,
    double wallSeconds,
    int parameterCount,
    String parametersSha256) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Writes the file, whole or not at all. */
  public void write(RunDirectory directory) throws IOException {
    AtomicFile.write(
        directory.summary(), JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
  }
}
