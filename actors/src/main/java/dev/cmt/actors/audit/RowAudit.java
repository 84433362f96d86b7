package dev.cmt.actors.audit;

import dev.cmt.actors.run.RecordedRun;
import dev.cmt.buffer.SampleBatch;
import dev.cmt.energy.EnergyUnavailableException;
import dev.cmt.energy.Evaluation;
import dev.cmt.energy.Evaluator;
import dev.cmt.flow.Flow;
import dev.cmt.flow.FlowUnavailableException;
import dev.cmt.flow.Flows;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Computes some rows of each batch again: log p̃ and log |dx/du| with the engine of the config, log
 * q with the flow that the step was drawn from, where its checkpoint is still there. Which rows is
 * drawn with a seed, in blocks of 16, at least one of each batch. Belongs to one thread; owns
 * native memory until closed.
 */
final class RowAudit implements AutoCloseable {
  private static final String ENERGIES = "energies";
  private static final String DENSITIES = "log q";

  /**
   * Rows that a vector kernel may compute side by side: the last bits of a row's energy may depend
   * on its neighbours in such a block, which lies at a multiple of it in the batch.
   */
  private static final int BLOCK = 16;

  private static final long STEP_KEY = 0x9E3779B97F4A7C15L;

  private final RecordedRun run;
  private final double fraction;
  private final long seed;
  private final String energyEngine;
  private final List<String> flowEngines;
  private final Evaluator evaluator;
  private final String whyNoEnergies;
  private final Agreement logP;
  private final Agreement logVolume;
  private final Agreement logQ;
  private final TreeSet<Integer> judged = new TreeSet<>();
  private final TreeSet<Integer> unjudged = new TreeSet<>();
  private String whyNoDensities = "";
  private Flow flow;
  private int step;

  /**
   * @param fraction share of the rows, from 0 to 1; 0 opens no engine
   * @param energyEngine who computed the rows' energies, as the manifest has it
   * @param flowEngines who may have computed their log q
   */
  RowAudit(
      RecordedRun run, double fraction, long seed, String energyEngine, List<String> flowEngines) {
    this.run = run;
    this.fraction = fraction;
    this.seed = seed;
    this.energyEngine = energyEngine;
    this.flowEngines = List.copyOf(flowEngines);
    Evaluator opened = null;
    String why = "";
    try {
      opened = fraction > 0 ? run.target().openEvaluator() : null;
    } catch (EnergyUnavailableException e) {
      why = e.getMessage();
    }
    this.evaluator = opened;
    this.whyNoEnergies = why;
    boolean single = opened != null && opened.engineDescription().contains("single");
    double tolerance = single ? Agreement.SINGLE_PRECISION_ENERGY : Agreement.ENERGY;
    this.logP = new Agreement("log p̃", tolerance);
    this.logVolume = new Agreement("log |dx/du|", Agreement.ENERGY);
    this.logQ = new Agreement("log q", Agreement.DENSITY, Agreement.STEEP_ROWS);
  }

  /** Batches of this step follow. */
  void beginStep(int next) throws IOException {
    step = next;
    if (fraction == 0) {
      return;
    }
    try {
      Optional<Flow> opened = run.openFlowOf(next);
      flow = opened.orElse(null);
      if (flow != null) {
        String here = flow.engineDescription();
        Optional<String> other =
            flowEngines.stream().filter(engine -> !Flows.roundAlike(here, engine)).findFirst();
        if (other.isPresent()) {
          whyNoDensities =
              "they may be of %s; the engine here, %s, rounds matrix products otherwise"
                  .formatted(other.get(), here);
          endStep();
        }
      }
    } catch (FlowUnavailableException e) {
      whyNoDensities = e.getMessage();
    }
    (flow == null ? unjudged : judged).add(next);
  }

  /** No more batches of this step follow. */
  void endStep() {
    if (flow != null) {
      flow.close();
      flow = null;
    }
  }

  /** Looks at some rows of a batch. */
  void look(SampleBatch batch) {
    int[] chosen = choose(batch);
    if (chosen.length == 0) {
      return;
    }
    int dimension = batch.dimension();
    float[] u = new float[chosen.length * dimension];
    for (int i = 0; i < chosen.length; i++) {
      System.arraycopy(batch.u(), chosen[i] * dimension, u, i * dimension, dimension);
    }
    if (evaluator != null) {
      Evaluation again = evaluator.evaluate(u, chosen.length);
      for (int i = 0; i < chosen.length; i++) {
        int row = chosen[i];
        logP.compare(place(batch, row), batch.logP()[row], again.logDensity()[i]);
        logVolume.compare(place(batch, row), batch.logVolume()[row], again.logVolume()[i]);
      }
    }
    if (flow != null) {
      double[] again = new double[chosen.length];
      flow.logDensity(u, chosen.length, again);
      for (int i = 0; i < chosen.length; i++) {
        int row = chosen[i];
        // Both in the unit cube, where rounding is that of the flow alone.
        double stored = batch.logQ()[row] + batch.logVolume()[row];
        logQ.compare(place(batch, row), stored, Double.isNaN(stored) ? Double.NaN : again[i]);
      }
    }
  }

  /** Whole blocks of rows, ascending, so that each row is evaluated in the company it had. */
  private int[] choose(SampleBatch batch) {
    if (fraction == 0) {
      return new int[0];
    }
    int blocks = (batch.rows() + BLOCK - 1) / BLOCK;
    int count = (int) Math.max(1, Math.round(fraction * blocks));
    SplittableRandom random =
        new SplittableRandom(seed ^ (STEP_KEY * (((long) step << 32) | (batch.batch() + 1L))));
    // Floyd's draw of so many different blocks.
    TreeSet<Integer> chosen = new TreeSet<>();
    for (int i = blocks - count; i < blocks; i++) {
      int block = random.nextInt(i + 1);
      chosen.add(chosen.contains(block) ? i : block);
    }
    return chosen.stream()
        .flatMapToInt(
            block -> IntStream.range(block * BLOCK, Math.min(batch.rows(), (block + 1) * BLOCK)))
        .toArray();
  }

  private String place(SampleBatch batch, int row) {
    return "step %d, batch %d, row %d".formatted(step, batch.batch(), batch.firstRow() + row);
  }

  /** What was found; two findings. */
  List<AuditFinding> findings() {
    List<AuditFinding> findings = new ArrayList<>();
    findings.add(energies());
    findings.add(densities());
    return findings;
  }

  private AuditFinding energies() {
    if (fraction == 0) {
      return AuditFinding.unchecked(ENERGIES, "--fraction 0");
    }
    if (evaluator == null) {
      return AuditFinding.lacking(ENERGIES, whyNoEnergies);
    }
    if (logP.rows() == 0) {
      return AuditFinding.unchecked(ENERGIES, "no row is kept");
    }
    boolean sameEngine = evaluator.engineDescription().equals(energyEngine);
    String found =
        "%d rows recomputed (%s): %s; %s"
            .formatted(
                logP.rows(), evaluator.engineDescription(), logP.summary(), logVolume.summary());
    if (logP.failures() + logVolume.failures() > 0) {
      return AuditFinding.damaged(
          ENERGIES,
          found,
          "These rows are not of this target, or one of the engines computes something else: do not"
              + " trust the run. train would go on with them.");
    }
    if (sameEngine && logP.differing() + logVolume.differing() > 0) {
      return AuditFinding.note(
          ENERGIES,
          found,
          run.processes() == 1
              ? "The same engine should give the same bits, and differs in the last ones only: was"
                  + " the run on another processor, or by another version?"
              : "The run had %d processes; one may have been on another machine or of another version."
                  .formatted(run.processes()));
    }
    return AuditFinding.sound(
        ENERGIES, sameEngine ? found : found + "; the run began with: " + energyEngine);
  }

  private AuditFinding densities() {
    if (fraction == 0) {
      return AuditFinding.unchecked(DENSITIES, "--fraction 0");
    }
    if (!whyNoDensities.isEmpty()) {
      return AuditFinding.lacking(DENSITIES, whyNoDensities);
    }
    if (logQ.rows() == 0) {
      return AuditFinding.unchecked(
          DENSITIES,
          unjudged.isEmpty()
              ? "no row is kept"
              : "the checkpoints that steps %s were drawn from are gone"
                  .formatted(Ranges.of(unjudged)));
    }
    String found =
        "%d rows of steps %s recomputed from their checkpoints: %s%s"
            .formatted(
                logQ.rows(),
                Ranges.of(judged),
                logQ.summary(),
                unjudged.isEmpty()
                    ? ""
                    : "; the checkpoints of steps %s are gone".formatted(Ranges.of(unjudged)));
    return logQ.failures() > 0
        ? AuditFinding.damaged(
            DENSITIES,
            found,
            "These rows were not drawn from the checkpoint that the journal names. train would go on"
                + " with them.")
        : AuditFinding.sound(DENSITIES, found);
  }

  @Override
  public void close() {
    endStep();
    if (evaluator != null) {
      evaluator.close();
    }
  }
}
