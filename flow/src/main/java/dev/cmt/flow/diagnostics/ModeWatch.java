package dev.cmt.flow.diagnostics;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Sees a flow lose a mode between two annealing steps. The weights of a step say how much of each
 * basin of each coordinate the next flow should hold; the samples of the next step say how much it
 * does hold. A basin of which less than half arrived, by more than chance, is being lost. What no
 * sample has ever seen cannot be missed: this watch sees modes go, not modes that were never found.
 *
 * <p>Collects step after step, on one thread at a time. Keeps three histograms of {@value #BINS}
 * bins for each coordinate.
 */
public final class ModeWatch {
  private static final int BINS = 36;

  /** Basins that should hold less than this are not missed yet. */
  private static final double LEAST_MASS = 5e-4;

  /** What must be missing of a basin. */
  private static final double LOST = 0.5;

  /** Standard errors between what should be there and what is. */
  private static final double CERTAIN = 5;

  private final boolean[] circular;
  private double[][] aimed;
  private double[][] aimedSquares;

  /**
   * A watch that has seen nothing.
   *
   * @param circular {@code [dimension]} whether 0 and 1 of a coordinate are the same point
   */
  public ModeWatch(boolean[] circular) {
    this.circular = circular.clone();
  }

  /**
   * A basin that is being lost.
   *
   * @param coordinate which coordinate tells
   * @param from where the basin begins, in [0, 1]
   * @param to where it ends; below {@code from} if a circular basin goes on from 1 at 0
   * @param aimed part of all samples that it should hold
   * @param aimedError standard error of {@code aimed}
   * @param drawn part that it holds
   */
  public record Loss(
      int coordinate, double from, double to, double aimed, double aimedError, double drawn) {
    /** How many standard errors of both parts lie between them. */
    double certainty(long rows) {
      double drawnError = Math.sqrt(Math.max(drawn, 1.0 / rows) / rows);
      return (aimed - drawn) / Math.hypot(aimedError, drawnError);
    }
  }

  /**
   * Looks at a step.
   *
   * @param u {@code [rows][dimension]} row-major, in [0, 1]: what the flow drew
   * @param weights {@code [rows]} not negative: what the next flow should draw. Rows of weight 0
   *     count as drawn
   * @return basins of the last step's aim that this step's flow is losing, the surest first, at
   *     most one for each coordinate; none at the first step
   */
  public List<Loss> see(float[] u, double[] weights) {
    int dimension = circular.length;
    int rows = weights.length;
    if (u.length != (long) rows * dimension) {
      throw new IllegalArgumentException(
          "%d rows of %d coordinates ask for another length of u than %d."
              .formatted(rows, dimension, u.length));
    }
    double[][] drawn = new double[dimension][BINS];
    double[][] mass = new double[dimension][BINS];
    double[][] squares = new double[dimension][BINS];
    double total = 0;
    for (double weight : weights) {
      total += weight;
    }
    for (int row = 0; row < rows; row++) {
      double weight = weights[row] / total;
      for (int c = 0; c < dimension; c++) {
        int bin = bin(u[row * dimension + c]);
        drawn[c][bin] += 1.0 / rows;
        mass[c][bin] += weight;
        squares[c][bin] += weight * weight;
      }
    }
    List<Loss> losses = aimed == null ? List.of() : losses(drawn, rows);
    aimed = mass;
    aimedSquares = squares;
    return losses;
  }

  private List<Loss> losses(double[][] drawn, long rows) {
    Comparator<Loss> surest = Comparator.comparingDouble(loss -> loss.certainty(rows));
    List<Loss> losses = new ArrayList<>();
    for (int c = 0; c < circular.length; c++) {
      List<Loss> ofCoordinate = new ArrayList<>();
      for (Basins.Basin basin : Basins.of(aimed[c], circular[c])) {
        double should = basin.sum(aimed[c]);
        Loss loss =
            new Loss(
                c,
                basin.first() / (double) BINS,
                ((basin.first() + basin.size() - 1) % BINS + 1) / (double) BINS,
                should,
                Math.sqrt(basin.sum(aimedSquares[c])),
                basin.sum(drawn[c]));
        if (should >= LEAST_MASS
            && loss.drawn() < LOST * should
            && loss.certainty(rows) > CERTAIN) {
          ofCoordinate.add(loss);
        }
      }
      ofCoordinate.stream().max(surest).ifPresent(losses::add);
    }
    losses.sort(surest.reversed());
    return losses;
  }

  private static int bin(float u) {
    return Math.max(0, Math.min(BINS - 1, (int) (u * BINS)));
  }
}
