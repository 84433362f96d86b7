package dev.cmt.flow.diagnostics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Sees a flow lose a mode between annealing steps. The weights of a step say how much of each basin
 * of each coordinate the next flow should hold; the samples of the next step say how much it does
 * hold. A basin of which less than half is there, by more than chance, is being lost: at once, or a
 * little in each of several steps, which is how modes mostly go. What no sample has ever seen
 * cannot be missed: this watch sees modes go, not modes that were never found.
 *
 * <p>What several fits fall short of their aims adds up, less what the weights mend in between.
 * With q_{i+1} ∝ q_i^c p̃^{1/(1+λ+η)}, c = λ/(1 + λ + η) (Constrained Mass Transport, eq. 10), a
 * flow that holds e^{−d} of what it should has an aim that holds e^{−cd} of it. So shortfalls of
 * single fits count with the product of the c of all steps since: wholly while steps are small, not
 * at all once each step aims at the target itself.
 *
 * <p>Collects step after step, on one thread at a time. Keeps three histograms of {@value #BINS}
 * bins for each coordinate and each of the last {@value #WINDOW} steps.
 */
public final class ModeWatch {
  private static final int BINS = 36;

  /** Steps over which slow losses add up. */
  private static final int WINDOW = 12;

  /** Basins that should hold less than this are not missed yet. */
  private static final double LEAST_MASS = 5e-4;

  /** What must be missing of a basin. */
  private static final double LOST = 0.5;

  /** Standard errors between what should be there and what is. */
  private static final double CERTAIN = 5;

  private static final Comparator<Loss> SUREST = Comparator.comparingDouble(Loss::certainty);

  private final boolean[] circular;

  /** The oldest first, the last one that of the step before. */
  private final List<Seen> past = new ArrayList<>();

  /** Of each coordinate, how many of the last steps count: not those before its last loss. */
  private final int[] steps;

  /**
   * A watch that has seen nothing.
   *
   * @param circular {@code [dimension]} whether 0 and 1 of a coordinate are the same point
   */
  public ModeWatch(boolean[] circular) {
    this.circular = circular.clone();
    this.steps = new int[circular.length];
  }

  /**
   * A basin that is being lost.
   *
   * @param coordinate which coordinate tells
   * @param from where the basin begins, in [0, 1]
   * @param to where it ends; below {@code from} if a circular basin goes on from 1 at 0
   * @param steps how many steps it took, 1 or more
   * @param aimed part of all samples that it should hold: what the last weights asked for, and what
   *     earlier fits had lost of it
   * @param drawn part that it holds
   * @param certainty standard errors between the two
   */
  public record Loss(
      int coordinate,
      double from,
      double to,
      int steps,
      double aimed,
      double drawn,
      double certainty) {}

  /**
   * Histograms of a step, {@code [dimension][BINS]}.
   *
   * @param drawn parts of the samples
   * @param aimed parts of the weights
   * @param squares sums of the squares of normalised weights
   * @param basins of {@code aimed}
   * @param carry c of the step's weights
   */
  private record Seen(
      double[][] drawn,
      double[][] aimed,
      double[][] squares,
      List<List<Basins.Basin>> basins,
      double carry,
      int rows) {}

  /**
   * Looks at a step. What it has reported it reports again only if as much is lost once more.
   *
   * @param u {@code [rows][dimension]} row-major, in [0, 1]: what the flow drew
   * @param weights {@code [rows]} not negative: what the next flow should draw
   * @param counts {@code [rows]} which rows have a density, be it 0; all others are left out
   * @param carry how much of what the flow lacks its aim lacks too, λ/(1 + λ + η), 0 to 1
   * @return basins that the flow is losing, the surest first, at most one for each coordinate; none
   *     at the first step
   */
  public List<Loss> see(float[] u, double[] weights, boolean[] counts, double carry) {
    Seen now = count(u, weights, counts, carry);
    List<Loss> losses = new ArrayList<>();
    for (int c = 0; c < circular.length; c++) {
      steps[c] = Math.min(steps[c], past.size());
      int coordinate = c;
      losses(c, now)
          .max(SUREST)
          .ifPresent(
              loss -> {
                losses.add(loss);
                steps[coordinate] = 0;
              });
      steps[c]++;
    }
    losses.sort(SUREST.reversed());
    past.add(now);
    if (past.size() > WINDOW) {
      past.remove(0);
    }
    return losses;
  }

  private Seen count(float[] u, double[] weights, boolean[] counts, double carry) {
    int dimension = circular.length;
    if (u.length != (long) weights.length * dimension || counts.length != weights.length) {
      throw new IllegalArgumentException(
          "%d rows of %d coordinates ask for another length of u than %d, or of counts than %d."
              .formatted(weights.length, dimension, u.length, counts.length));
    }
    int rows = (int) IntStream.range(0, counts.length).filter(row -> counts[row]).count();
    double[][] drawn = new double[dimension][BINS];
    double[][] aimed = new double[dimension][BINS];
    double[][] squares = new double[dimension][BINS];
    double total = Arrays.stream(weights).sum();
    for (int row = 0; row < counts.length; row++) {
      if (!counts[row]) {
        continue;
      }
      double weight = weights[row] / total;
      for (int c = 0; c < dimension; c++) {
        int bin = bin(u[row * dimension + c]);
        drawn[c][bin] += 1.0 / rows;
        aimed[c][bin] += weight;
        squares[c][bin] += weight * weight;
      }
    }
    List<List<Basins.Basin>> basins = new ArrayList<>();
    for (int c = 0; c < dimension; c++) {
      basins.add(Basins.of(aimed[c], circular[c]));
    }
    return new Seen(drawn, aimed, squares, basins, carry, rows);
  }

  /** Whatever basins of earlier aims have lost since, in one coordinate. */
  private Stream<Loss> losses(int coordinate, Seen now) {
    int last = past.size();
    return IntStream.range(last - steps[coordinate], last)
        .boxed()
        .flatMap(
            first ->
                past.get(first).basins().get(coordinate).stream()
                    .map(basin -> since(past.subList(first, last), now, coordinate, basin)))
        .filter(Objects::nonNull);
  }

  /**
   * What a basin has lost from the aim of the first of some steps to what is drawn now; null if not
   * enough.
   *
   * <p>The logarithm of what it should hold is Σ cₙ (ln aₙ − ln dₙ₊₁) but for the last draw: a are
   * parts aimed at, d parts drawn, c products of the carries of all later steps. aₙ and dₙ are of
   * the same rows, and their quotient, the basin's mean weight, has the variance of the weights
   * alone.
   */
  private static Loss since(List<Seen> steps, Seen now, int coordinate, Basins.Basin basin) {
    double logAimed = 0;
    double relativeVariance = 0;
    double carried = 1;
    for (int n = steps.size() - 1; n >= 0; n--) {
      Seen step = steps.get(n);
      double aimed = basin.sum(step.aimed()[coordinate]);
      if (aimed == 0) {
        return null;
      }
      logAimed += carried * Math.log(aimed);
      double ofWeights = basin.sum(step.squares()[coordinate]) / (aimed * aimed);
      if (n == 0) {
        relativeVariance += carried * carried * ofWeights;
      } else {
        // What has weight was drawn.
        double drawn = basin.sum(step.drawn()[coordinate]);
        double earlier = carried * step.carry();
        double ofCount = 1 / (drawn * step.rows());
        logAimed -= earlier * Math.log(drawn);
        relativeVariance +=
            carried * carried * Math.max(0, ofWeights - ofCount)
                + (carried - earlier) * (carried - earlier) * ofCount;
        carried = earlier;
      }
    }
    double aimed = Math.min(1, Math.exp(logAimed));
    double drawn = basin.sum(now.drawn()[coordinate]);
    double variance =
        aimed * aimed * relativeVariance + Math.max(drawn, 1.0 / now.rows()) / now.rows();
    double certainty = (aimed - drawn) / Math.sqrt(variance);
    return aimed >= LEAST_MASS && drawn < LOST * aimed && certainty > CERTAIN
        ? new Loss(
            coordinate,
            basin.first() / (double) BINS,
            ((basin.first() + basin.size() - 1) % BINS + 1) / (double) BINS,
            steps.size(),
            aimed,
            drawn,
            certainty)
        : null;
  }

  private static int bin(float u) {
    return Math.max(0, Math.min(BINS - 1, (int) (u * BINS)));
  }
}
