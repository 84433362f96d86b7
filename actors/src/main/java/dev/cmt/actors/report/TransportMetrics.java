package dev.cmt.actors.report;

import dev.cmt.flow.base.CounterRandom;
import dev.cmt.flow.diagnostics.Estimate;
import dev.cmt.flow.diagnostics.TorusTransport;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The torus Wasserstein-2 distance of all backbone torsions at once (RAM T-W2, §D.3.2) of the flow,
 * the reweighted flow and the reference itself from the reference. Each is an exact transport of
 * its own; they run side by side, some 10 s of one core each for 10,000 points.
 */
final class TransportMetrics {
  private static final long CHOICE = 0x5732L << 40;
  private static final long OFFSET = CHOICE | 1L << 32;

  /**
   * Weights worth fewer samples than this share of the points say nothing: the resampled points are
   * copies of a few, which also makes their transport slow.
   */
  private static final double FEWEST_EFFECTIVE = 0.05;

  private TransportMetrics() {}

  /**
   * Measures.
   *
   * @param model samples of the flow with backbone observables
   * @param shares {@code [rows]} their weights, sum 1
   * @param reference at least two samples; half of it is compared with the flow, half with itself
   * @return nothing if there are no torsions or too few samples
   */
  static Optional<Evaluation.Transport> of(
      EvaluationData model,
      double[] shares,
      ReferenceSamples reference,
      EvaluationSettings settings,
      TorusTransport.Progress progress) {
    int angles = model.observables().count();
    int[] rows = rowsWithTorsions(model);
    int[] frames = rowsWithTorsions(reference.data());
    int points = Math.min(settings.transportPoints(), Math.min(rows.length, frames.length / 2));
    if (angles == 0 || points == 0) {
      return Optional.empty();
    }
    int[] order = CounterRandom.permutation(settings.seed(), CHOICE, frames.length);
    int[] first = new int[points];
    int[] second = new int[points];
    for (int i = 0; i < points; i++) {
      first[i] = frames[order[i]];
      second[i] = frames[order[points + i]];
    }
    double[][] target = points(reference.data(), first);
    List<double[][]> sources = new ArrayList<>();
    sources.add(points(model, Arrays.copyOf(rows, points)));
    sources.add(points(reference.data(), second));
    if (FEWEST_EFFECTIVE * points <= effective(shares)) {
      sources.add(points(model, resampled(rows, shares, points, settings.seed())));
    }
    List<Estimate> distances = distances(sources, target, progress);
    return Optional.of(
        new Evaluation.Transport(
            reference.source(),
            angles,
            points,
            distances.get(0),
            distances.size() < 3 ? null : distances.get(2),
            distances.get(1)));
  }

  private static double effective(double[] shares) {
    return 1 / Arrays.stream(shares).map(share -> share * share).sum();
  }

  private static List<Estimate> distances(
      List<double[][]> sources, double[][] target, TorusTransport.Progress progress) {
    double[] shares = new double[sources.size()];
    return IntStream.range(0, shares.length)
        .parallel()
        .mapToObj(
            k ->
                TorusTransport.wasserstein2(
                    sources.get(k), target, (parts, of) -> tell(progress, shares, k, parts, of)))
        .toList();
  }

  private static void tell(
      TorusTransport.Progress progress, double[] shares, int k, int parts, int of) {
    synchronized (shares) {
      shares[k] = (double) parts / of;
      progress.done((int) (100 * Arrays.stream(shares).sum()), 100 * shares.length);
    }
  }

  /** Rows all of whose torsions are numbers: atoms in line have none. */
  private static int[] rowsWithTorsions(EvaluationData data) {
    List<double[]> columns = new ArrayList<>();
    for (int k = 0; k < data.observables().count(); k++) {
      columns.add(data.observable(k));
    }
    return IntStream.range(0, data.rows())
        .filter(row -> columns.stream().allMatch(column -> Double.isFinite(column[row])))
        .toArray();
  }

  private static double[][] points(EvaluationData data, int[] rows) {
    double[][] points = new double[data.observables().count()][rows.length];
    for (int k = 0; k < points.length; k++) {
      double[] column = data.observable(k);
      for (int i = 0; i < rows.length; i++) {
        points[k][i] = column[rows[i]];
      }
    }
    return points;
  }

  /**
   * Equally weighted rows that stand for weighted ones, by systematic resampling: a row of share s
   * comes ⌊n s⌋ or ⌈n s⌉ times (Kitagawa, Journal of Computational and Graphical Statistics 5
   * (1996) 1–25).
   */
  static int[] resampled(int[] rows, double[] shares, int points, long seed) {
    double total = 0;
    for (int row : rows) {
      total += shares[row];
    }
    double[] offset = new double[1];
    CounterRandom.uniforms(seed, OFFSET, offset);
    int[] chosen = new int[points];
    int next = 0;
    double cumulative = shares[rows[0]] / total;
    for (int i = 0; i < points; i++) {
      double position = (i + offset[0]) / points;
      while (cumulative < position && next < rows.length - 1) {
        cumulative += shares[rows[++next]] / total;
      }
      chosen[i] = rows[next];
    }
    return chosen;
  }
}
