package dev.cmt.actors.audit;

import dev.cmt.actors.run.RecordedRun;
import dev.cmt.buffer.JournalDamage;
import dev.cmt.buffer.RecordedSamples;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.buffer.SampleBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SortedSet;

/**
 * {@code journal/step-NNNNNN}: every record's CRC32C; of steps past collecting every batch; each
 * batch in its place, of its size, with coordinates in the unit cube.
 */
final class SampleAudit {
  private static final String SUBJECT = "samples";
  private static final String COMPLETE_MEANING =
      "The step is complete, so train does not need them; what is lost is lost.";
  private static final String CURRENT_MEANING =
      "train sets what is damaged aside and evaluates the batches that are missing again.";

  private final RecordedRun run;
  private final boolean underWay;
  private final RowAudit rows;
  private final Runnable batchDone;
  private final List<AuditFinding> findings = new ArrayList<>();
  private final List<Integer> sound = new ArrayList<>();
  private long soundRows;

  private SampleAudit(RecordedRun run, boolean underWay, RowAudit rows, Runnable batchDone) {
    this.run = run;
    this.underWay = underWay;
    this.rows = rows;
    this.batchDone = batchDone;
  }

  /**
   * @param underWay whether a process may have appended or dropped queues since the journal was
   *     read
   * @param rows recomputes some rows of each batch
   * @param batchDone told after each batch
   */
  static List<AuditFinding> of(RecordedRun run, boolean underWay, RowAudit rows, Runnable batchDone)
      throws IOException {
    SampleAudit audit = new SampleAudit(run, underWay, rows, batchDone);
    SortedSet<Integer> present = RecordedSamples.steps(run.directory());
    for (int step : present) {
      audit.step(step);
    }
    audit.missing(present);
    audit.findings.add(
        0,
        AuditFinding.sound(
            SUBJECT,
            audit.sound.isEmpty()
                ? "no whole step is kept"
                : "steps %s: %d rows, CRC32C of all right, in order"
                    .formatted(Ranges.of(audit.sound), audit.soundRows)));
    return audit.findings;
  }

  /** Only the CRC32C of the queues of a run of which nothing else is known. */
  static List<AuditFinding> withoutJournal(RunDirectory run) throws IOException {
    List<AuditFinding> findings = new ArrayList<>();
    for (int step : RecordedSamples.steps(run)) {
      try {
        for (JournalDamage damage : RecordedSamples.read(run, step, batch -> {})) {
          findings.add(AuditFinding.damaged(SUBJECT, damage(damage), CURRENT_MEANING));
        }
      } catch (IOException e) {
        findings.add(AuditFinding.damaged(SUBJECT, e.getMessage(), CURRENT_MEANING));
      }
    }
    if (findings.isEmpty()) {
      findings.add(
          AuditFinding.unchecked(
              SUBJECT, "CRC32C of all records right; the rest needs run.json and the journal"));
    }
    return findings;
  }

  private void step(int step) throws IOException {
    String meaning = meaning(step);
    int expected = run.batches(step);
    BitSet seen = new BitSet();
    List<AuditFinding> faults = new ArrayList<>();
    long[] count = new long[1];
    rows.beginStep(step);
    try {
      List<JournalDamage> damage =
          RecordedSamples.read(
              run.directory(),
              step,
              batch -> {
                String fault = fault(step, batch);
                if (fault.isEmpty()) {
                  seen.set(batch.batch());
                  count[0] += batch.rows();
                  rows.look(batch);
                } else {
                  faults.add(AuditFinding.damaged(SUBJECT, fault, meaning));
                }
                batchDone.run();
              });
      damage.forEach(d -> faults.add(AuditFinding.damaged(SUBJECT, damage(d), meaning)));
    } catch (IOException e) {
      if (underWay && !Files.exists(RecordedSamples.queue(run.directory(), step))) {
        findings.add(
            AuditFinding.unchecked(SUBJECT, "step %d was given up meanwhile".formatted(step)));
        return;
      }
      faults.add(AuditFinding.damaged(SUBJECT, e.getMessage(), meaning));
    } finally {
      rows.endStep();
    }
    if (underWay && !Files.exists(RecordedSamples.queue(run.directory(), step))) {
      findings.add(
          AuditFinding.unchecked(SUBJECT, "step %d was given up meanwhile".formatted(step)));
      return;
    }
    boolean whole = seen.cardinality() == expected;
    if (whole && faults.isEmpty()) {
      sound.add(step);
      soundRows += count[0];
    } else if (run.isCollected(step) && !whole) {
      faults.add(
          AuditFinding.damaged(
              SUBJECT,
              "%s: %d of %d batches are missing, the first is batch %d"
                  .formatted(
                      RecordedSamples.queue(run.directory(), step),
                      expected - seen.cardinality(),
                      expected,
                      seen.nextClearBit(0)),
              meaning));
    } else if (!whole && faults.isEmpty()) {
      findings.add(
          AuditFinding.sound(
              SUBJECT,
              "step %d under way: %d of %d batches, %d rows, CRC32C of all right"
                  .formatted(step, seen.cardinality(), expected, count[0])));
    }
    findings.addAll(faults);
  }

  /** A fit needs its samples: one that goes on without some of them is begun again. */
  private String meaning(int step) {
    return step < run.currentStep() || run.isFinished() ? COMPLETE_MEANING : CURRENT_MEANING;
  }

  private String fault(int step, SampleBatch batch) {
    String place =
        "%s, batch %d".formatted(RecordedSamples.queue(run.directory(), step), batch.batch());
    if (batch.step() != step || batch.dimension() != run.target().dimension()) {
      return "%s: is of step %d with %d coordinates; step %d with %d must be here"
          .formatted(place, batch.step(), batch.dimension(), step, run.target().dimension());
    }
    if (!run.fits(step, batch.batch(), batch.firstRow(), batch.rows())) {
      return "%s: rows %d to %d; the config asks for others"
          .formatted(place, batch.firstRow(), batch.firstRow() + batch.rows() - 1);
    }
    for (int i = 0; i < batch.u().length; i++) {
      if (!(batch.u()[i] >= 0 && batch.u()[i] <= 1)) {
        return "%s: coordinate %d of row %d is %s, outside [0, 1]"
            .formatted(
                place,
                i % batch.dimension(),
                batch.firstRow() + i / batch.dimension(),
                batch.u()[i]);
      }
    }
    return "";
  }

  private void missing(SortedSet<Integer> present) throws IOException {
    List<Integer> missing = new ArrayList<>();
    for (int step : run.keptSteps()) {
      if (run.isCollected(step) && !present.contains(step)) {
        missing.add(step);
      }
    }
    if (missing.isEmpty()) {
      return;
    }
    String found =
        "%s: no queue of steps %s, which the run keeps (buffer.keep = %s)"
            .formatted(
                run.directory().journal(),
                Ranges.of(missing),
                keep(run.config().buffer().keepSteps()));
    findings.add(
        underWay
            ? AuditFinding.unchecked(SUBJECT, "steps %s, given up meanwhile".formatted(missing))
            : AuditFinding.damaged(SUBJECT, found, meaning(missing.get(missing.size() - 1))));
  }

  static String keep(int steps) {
    return steps == Integer.MAX_VALUE ? "all" : steps == 1 ? "last" : Integer.toString(steps);
  }

  private static String damage(JournalDamage damage) {
    return "%s, after %d batches: %s".formatted(damage.log(), damage.record(), damage.reason());
  }
}
