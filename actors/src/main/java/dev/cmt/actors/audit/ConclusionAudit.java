package dev.cmt.actors.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cmt.actors.report.Evaluation;
import dev.cmt.actors.run.RecordedRun;
import dev.cmt.actors.run.StepRecord;
import dev.cmt.flow.checkpoint.FlowCheckpoint;
import dev.cmt.flow.checkpoint.MalformedCheckpointException;
import dev.cmt.flow.diagnostics.EffectiveSampleSize;
import dev.cmt.flow.diagnostics.LogPartition;
import dev.cmt.flow.diagnostics.LogWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code summary.json} and {@code evaluation.json}: what they say of the last step is what the
 * journal says, and ESS and log Z follow from the samples of the final evaluation.
 */
final class ConclusionAudit {
  private static final String SUMMARY = "summary.json";
  private static final String EVALUATION = "evaluation.json";
  private static final String MEND =
      "Delete summary.json and start train: it judges the run again from the same samples.";

  /** Sums over the same rows in the same order; the exponentials may be another processor's. */
  private static final double TOLERANCE = 1e-12;

  private static final ObjectMapper JSON = new ObjectMapper();

  private ConclusionAudit() {}

  static List<AuditFinding> of(RecordedRun run) throws IOException {
    List<AuditFinding> findings = new ArrayList<>();
    if (Files.exists(run.directory().summary())) {
      findings.add(summary(run));
    } else if (run.isFinished()) {
      findings.add(
          AuditFinding.note(
              SUMMARY,
              "there is none, though the run is finished",
              "Its process died while judging; train judges again from the same samples."));
    }
    try {
      Optional<Evaluation> evaluation = Evaluation.read(run.directory().root());
      evaluation.ifPresent(
          found ->
              findings.add(
                  found.system().equals(run.config().target().system())
                      ? AuditFinding.sound(
                          EVALUATION,
                          "of %d samples of %s".formatted(found.samples(), found.system()))
                      : AuditFinding.damaged(
                          EVALUATION,
                          "it is of %s, the run of %s"
                              .formatted(found.system(), run.config().target().system()),
                          "./cmt evaluate writes it again.")));
    } catch (IOException e) {
      findings.add(
          AuditFinding.damaged(EVALUATION, e.getMessage(), "./cmt evaluate writes it again."));
    }
    return findings;
  }

  private static AuditFinding summary(RecordedRun run) throws IOException {
    JsonNode summary;
    try {
      summary = JSON.readTree(run.directory().summary().toFile());
    } catch (JsonProcessingException e) {
      return AuditFinding.damaged(
          SUMMARY,
          "%s, byte %d: not JSON: %s"
              .formatted(
                  run.directory().summary(),
                  e.getLocation().getByteOffset(),
                  e.getOriginalMessage()),
          MEND);
    }
    List<String> faults = new ArrayList<>();
    boolean confirmed = true;
    int last = run.steps() - 1;
    if (run.currentStep() <= last) {
      faults.add("%d of %d steps are complete".formatted(run.currentStep(), run.steps()));
    } else {
      compare(faults, summary, "steps", run.steps());
      Optional<StepRecord> record = run.record(last);
      if (record.isPresent()) {
        compare(faults, summary, "target_evals", record.get().targetEvals());
      }
      confirmed = compareParameters(faults, summary, run);
    }
    int rows = compareEstimates(faults, summary, run);
    if (faults.isEmpty() && !confirmed) {
      return AuditFinding.unchecked(SUMMARY, "the last step's checkpoint cannot be read");
    }
    return faults.isEmpty()
        ? AuditFinding.sound(
            SUMMARY,
            rows > 0
                ? "agrees with the last step, its checkpoint and %d evaluated samples"
                    .formatted(rows)
                : "agrees with the last step and its checkpoint")
        : AuditFinding.damaged(
            SUMMARY, run.directory().summary() + ": " + String.join("; ", faults), MEND);
  }

  /** Returns whether there was a checkpoint to compare with. */
  private static boolean compareParameters(List<String> faults, JsonNode summary, RecordedRun run) {
    try {
      FlowCheckpoint.Decoded checkpoint = run.checkpoint(run.steps() - 1);
      float[] parameters = checkpoint.state().parameters();
      compare(faults, summary, "parameter_count", parameters.length);
      String sha256 = FlowCheckpoint.parametersSha256(parameters);
      if (!summary.path("parameters_sha256").asText().equals(sha256)) {
        faults.add(
            "parameters_sha256 %s, the checkpoint's is %s"
                .formatted(summary.path("parameters_sha256").asText(), sha256));
      }
      if (summary.path("reached_target").asBoolean() != RecordedRun.reachedTarget(checkpoint)) {
        faults.add(
            "reached_target %s, the checkpoint says otherwise"
                .formatted(summary.path("reached_target")));
      }
      return true;
    } catch (IOException | MalformedCheckpointException e) {
      return false; // a damaged checkpoint is a finding of its own
    }
  }

  /** Returns how many rows there were to compare with. */
  private static int compareEstimates(List<String> faults, JsonNode summary, RecordedRun run) {
    Optional<StepDensities> samples;
    try {
      samples = StepDensities.read(run, run.steps());
    } catch (IOException e) {
      return 0; // damaged samples are a finding of their own
    }
    if (samples.isEmpty()) {
      return 0;
    }
    LogWeights weights = LogWeights.of(samples.get().logQ(), samples.get().logP());
    near(faults, summary, "ess", EffectiveSampleSize.clipped(weights));
    near(faults, summary, "log_z", LogPartition.of(weights));
    return samples.get().rows();
  }

  private static void compare(List<String> faults, JsonNode summary, String key, long expected) {
    if (!summary.path(key).isIntegralNumber() || summary.path(key).asLong() != expected) {
      faults.add("%s %s, the run says %d".formatted(key, summary.path(key), expected));
    }
  }

  private static void near(List<String> faults, JsonNode summary, String key, double expected) {
    double found = summary.path(key).asDouble(Double.NaN);
    if (!(Math.abs(found - expected) <= TOLERANCE * Math.max(1, Math.abs(expected)))) {
      faults.add("%s %s, its samples say %s".formatted(key, found, expected));
    }
  }
}
