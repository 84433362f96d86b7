package dev.cmt.actors.run;

import dev.cmt.buffer.StepSamples;
import dev.cmt.energy.Channel;
import dev.cmt.flow.annealing.DualSolution;
import dev.cmt.flow.annealing.ImportanceWeights;
import dev.cmt.flow.diagnostics.LogWeights;
import dev.cmt.flow.diagnostics.ModeWatch;
import dev.cmt.flow.diagnostics.WeightTail;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What makes a run lose modes, while there is time to stop it: weights between two steps that rest
 * on few rows, and basins that the aims of the last steps held and this step's samples do not.
 * Looks on; nothing of the run depends on it, and a run that is taken up again begins to compare
 * anew.
 */
final class StepWatch {
  /** Effective rows that a fit needs to see more than noise. */
  private static final double LEAST_ROWS = 200;

  private final List<Channel> channels;
  private final ModeWatch modes;

  StepWatch(List<Channel> channels) {
    this.channels = List.copyOf(channels);
    int dimension = channels.stream().mapToInt(Channel::size).sum();
    boolean[] circular = new boolean[dimension];
    int coordinate = 0;
    for (Channel channel : channels) {
      for (int i = 0; i < channel.size(); i++) {
        circular[coordinate++] = channel.circular();
      }
    }
    this.modes = new ModeWatch(circular);
  }

  /**
   * Looks at a step.
   *
   * @param samples all of the step
   * @param weights {@code [rows]} those of the next density, from {@code solution}
   * @return warnings, mostly none
   */
  List<String> see(StepSamples samples, double[] weights, DualSolution solution) {
    List<String> warnings = new ArrayList<>();
    double tail = WeightTail.shape(LogWeights.of(Arrays.stream(weights).map(Math::log).toArray()));
    double effective = solution.essStep() * solution.usedRows();
    if (tail > WeightTail.UNRELIABLE || effective < LEAST_ROWS) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "The aim of step %d rests on few rows: effective sample size %.4f of %d, tail index of"
                  + " the weights %.2f (above %.1f they cannot be trusted). A smaller"
                  + " annealing.eps_tr or more annealing.samples_per_step helps.",
              samples.step(),
              solution.essStep(),
              solution.usedRows(),
              tail,
              WeightTail.UNRELIABLE));
    }
    double carry = solution.lambda() / (1 + solution.lambda() + solution.eta());
    List<ModeWatch.Loss> losses = modes.see(samples.u(), weights, counts(samples), carry);
    if (!losses.isEmpty()) {
      ModeWatch.Loss loss = losses.get(0);
      warnings.add(
          String.format(
              Locale.ROOT,
              "A mode may be on its way out: %s from %.2f to %.2f should hold %.2f %% of the samples"
                  + " of step %d by the weights of the %s, and holds %.2f %% (%.0f standard errors"
                  + " less)%s. More annealing.samples_per_step, a lower training.learning_rate, a"
                  + " smaller annealing.eps_ent or, where that is auto, a larger"
                  + " annealing.entropy_release keeps it.",
              name(loss.coordinate()),
              loss.from(),
              loss.to(),
              100 * loss.aimed(),
              samples.step(),
              loss.steps() == 1 ? "step before" : loss.steps() + " steps before",
              100 * loss.drawn(),
              loss.certainty(),
              losses.size() == 1
                  ? ""
                  : "; %d more coordinates tell so".formatted(losses.size() - 1)));
    }
    return warnings;
  }

  /** Which rows have a density, be it 0. */
  private static boolean[] counts(StepSamples samples) {
    boolean[] counts = new boolean[samples.logQ().length];
    for (int row = 0; row < counts.length; row++) {
      counts[row] = ImportanceWeights.counts(samples.logQ()[row], samples.logP()[row]);
    }
    return counts;
  }

  /** Such as "unit coordinate 4 of the torsions". */
  private String name(int coordinate) {
    int index = coordinate;
    for (Channel channel : channels) {
      if (index < channel.size()) {
        return "unit coordinate %d of the %s".formatted(index, channel.name());
      }
      index -= channel.size();
    }
    throw new IllegalArgumentException("There is no coordinate %d.".formatted(coordinate));
  }
}
