package dev.cmt.actors.audit;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.cmt.actors.run.RecordedRun;
import dev.cmt.actors.run.StepRecord;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.buffer.RunJournal;
import dev.cmt.buffer.StepsLog;
import dev.cmt.flow.annealing.AnnealingPath;
import dev.cmt.flow.diagnostics.EffectiveSampleSize;
import dev.cmt.flow.diagnostics.LogPartition;
import dev.cmt.flow.diagnostics.LogWeights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiFunction;

/**
 * The annealing of a run computed again from the log-densities it kept, without a single energy:
 * each kept step's dual under the run's own bounds, which must give the figures of {@code
 * steps.jsonl}, and under others. Writes nothing, takes no lock.
 *
 * @param own the run's own settings
 * @param other the settings to compare with; equal to {@code own} if there are none
 * @param steps the steps that were kept, in order
 * @param missing completed steps of which nothing is kept
 * @param evaluation what the samples of the final evaluation say; null if they are not there
 */
public record RunReplay(
    ReplaySettings own,
    ReplaySettings other,
    List<Step> steps,
    List<Integer> missing,
    Target evaluation) {
  /**
   * How near figures come to the recorded ones: sums over the same rows in the same order, with
   * exponentials that may be another processor's.
   */
  public static final double TOLERANCE = 1e-12;

  public RunReplay {
    steps = List.copyOf(steps);
    missing = List.copyOf(missing);
  }

  /**
   * One step.
   *
   * @param step its index
   * @param source {@code journal} or {@code ledger}
   * @param rows its rows
   * @param recorded what {@code steps.jsonl} says
   * @param replayed what its samples say under the run's own settings
   * @param difference the greatest relative difference between the two
   * @param other what its samples say under the other settings; beta and alpha are those that the
   *     step would have come to from where the run was
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  public record Step(
      int step,
      String source,
      int rows,
      DualFigures recorded,
      DualFigures replayed,
      double difference,
      DualFigures other) {}

  /**
   * The finished flow against the target.
   *
   * @param rows samples
   * @param ess effective sample size, clipped as in the paper
   * @param logZ log of the target's normaliser
   * @param otherEss the same at the other temperature
   * @param otherLogZ the same at the other temperature
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  public record Target(int rows, double ess, double logZ, double otherEss, double otherLogZ) {}

  /** Whether every step that was kept gives the recorded figures. */
  public boolean agrees() {
    return steps.stream().allMatch(step -> step.difference() <= TOLERANCE);
  }

  /** Whether other settings than the run's were asked for. */
  public boolean comparesSettings() {
    return !own.equals(other);
  }

  /**
   * Replays a run.
   *
   * @param root the run directory
   * @param settings the settings to compare with, from the run and its own
   * @throws java.nio.file.NoSuchFileException if the directory holds no run
   * @throws IOException if what it needs is damaged, with the place
   * @throws IllegalArgumentException as {@code settings} throws
   */
  public static RunReplay of(
      Path root, BiFunction<RecordedRun, ReplaySettings, ReplaySettings> settings)
      throws IOException {
    RunDirectory directory = RunAudit.open(root);
    RecordedRun run =
        new RecordedRun(
            directory, RecordedRun.readConfig(directory), RunJournal.read(directory).events());
    ReplaySettings own = ReplaySettings.of(run.config(), run.architecture().dimension());
    ReplaySettings other = settings.apply(run, own);
    List<Step> steps = new ArrayList<>();
    List<Integer> missing = new ArrayList<>();
    AnnealingPath path = AnnealingPath.start();
    for (StepRecord record : records(directory).values()) {
      Optional<StepDensities> densities = StepDensities.read(run, record.step());
      if (densities.isPresent()) {
        steps.add(step(record, densities.get(), own, other, path));
      } else {
        missing.add(record.step());
      }
      path = path.next(record.lambda(), record.eta());
    }
    return new RunReplay(own, other, steps, missing, evaluation(run, other));
  }

  private static TreeMap<Integer, StepRecord> records(RunDirectory directory) throws IOException {
    TreeMap<Integer, StepRecord> records = new TreeMap<>();
    for (String line : StepsLog.read(directory)) {
      StepRecord record = RecordedRun.parse(line);
      if (record.step() != records.size()) {
        throw new IOException(
            "%s, line %d: step %d where step %d must be; ./cmt verify tells what is wrong."
                .formatted(directory.steps(), records.size() + 1, record.step(), records.size()));
      }
      records.put(record.step(), record);
    }
    return records;
  }

  private static Step step(
      StepRecord record,
      StepDensities densities,
      ReplaySettings own,
      ReplaySettings other,
      AnnealingPath before) {
    DualFigures recorded = DualFigures.of(record);
    DualFigures replayed = DualFigures.solve(record.step(), densities, own, before);
    return new Step(
        record.step(),
        densities.source(),
        densities.rows(),
        recorded,
        replayed,
        recorded.difference(replayed),
        own.equals(other) ? replayed : DualFigures.solve(record.step(), densities, other, before));
  }

  private static Target evaluation(RecordedRun run, ReplaySettings other) throws IOException {
    Optional<StepDensities> samples =
        run.isCollected(run.steps()) ? StepDensities.read(run, run.steps()) : Optional.empty();
    if (samples.isEmpty()) {
      return null;
    }
    StepDensities found = samples.get();
    LogWeights at = LogWeights.of(found.logQ(), found.logP());
    LogWeights elsewhere = LogWeights.of(found.logQ(), other.scale(found.logP()));
    return new Target(
        found.rows(),
        EffectiveSampleSize.clipped(at),
        LogPartition.of(at),
        EffectiveSampleSize.clipped(elsewhere),
        LogPartition.of(elsewhere));
  }
}
