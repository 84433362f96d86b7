package dev.cmt.actors.bench;

import dev.cmt.actors.run.StepRecord;
import java.util.ArrayList;
import java.util.List;

/**
 * One annealing step as seen from outside.
 *
 * @param record what the run says of it
 * @param wallSeconds from the end of the fit before to the end of its own
 * @param productSeconds inside matrix products, summed over the flow's threads; NaN if they cannot
 *     be timed
 * @param storageSeconds CPU time of journal and checkpoints; NaN if it is not measured
 */
record StepLap(
    StepRecord record, double wallSeconds, double productSeconds, double storageSeconds) {

  /**
   * The breakdown of some steps.
   *
   * <p>Sampling, dual and fit follow each other and the rest is what remains: the flow waits for
   * energies, the journal, messages. Energies run beside the sampling and count as the mean of the
   * workers; a checkpoint is written beside the next step's sampling. Storage is the CPU time of
   * journal and checkpoints as a share of all cores: at most that much faster would a run be
   * without them.
   *
   * @param laps at least one
   * @param workers energy workers
   * @param flowThreads threads of the flow
   * @param cores of the machine
   */
  static List<StageFigure> breakdown(List<StepLap> laps, int workers, int flowThreads, int cores) {
    double steps = laps.size();
    double wall = 0;
    double sample = 0;
    double energy = 0;
    double dual = 0;
    double fit = 0;
    double checkpoint = 0;
    double products = 0;
    double storage = 0;
    for (StepLap lap : laps) {
      StepRecord.Seconds seconds = lap.record.seconds();
      wall += lap.wallSeconds / steps;
      sample += seconds.sample() / steps;
      energy += seconds.energy() / workers / steps;
      dual += seconds.dual() / steps;
      fit += seconds.fit() / steps;
      checkpoint += seconds.checkpoint() / steps;
      products += lap.productSeconds / flowThreads / steps;
      storage += lap.storageSeconds / cores / steps;
    }
    double rest = wall - sample - dual - fit;
    List<StageFigure> stages = new ArrayList<>();
    stages.add(new StageFigure("sample", sample, sample / wall, false));
    stages.add(new StageFigure("dual", dual, dual / wall, false));
    stages.add(new StageFigure("fit", fit, fit / wall, false));
    stages.add(new StageFigure("rest", rest, rest / wall, false));
    stages.add(new StageFigure("step", wall, 1, false));
    stages.add(new StageFigure("energy", energy, energy / wall, true));
    stages.add(new StageFigure("checkpoint", checkpoint, checkpoint / wall, true));
    if (!Double.isNaN(storage)) {
      stages.add(new StageFigure("storage", storage, storage / wall, true));
    }
    if (!Double.isNaN(products)) {
      stages.add(new StageFigure("matrix products", products, products / wall, true));
    }
    return List.copyOf(stages);
  }
}
