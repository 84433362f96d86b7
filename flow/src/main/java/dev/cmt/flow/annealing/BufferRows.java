package dev.cmt.flow.annealing;

/**
 * The rows of a buffer that count, packed and centred: log q by its mean over the rows that count,
 * log p̃ by its greatest value. Centring leaves the multipliers as they are and keeps digits when
 * the densities carry large constants.
 *
 * <p>A row counts if log q is finite and log p̃ is finite or −∞. A row with log p̃ = −∞ has zero
 * target density: it counts in N and H(q_i) and its weight is 0, so it is not among the packed.
 */
final class BufferRows {
  /** Rows summed on their own before they join the total: rounding errors grow by block. */
  private static final int BLOCK = 1024;

  /** exp of anything lower is 0. */
  private static final double LOWEST_EXPONENT = -746;

  private final double[] q;
  private final double[] p;
  private final int used;
  private final int dropped;
  private final double meanLogQ;
  private final double maxLogP;

  BufferRows(double[] logQ, double[] logP) {
    requireSameLength(logQ, logP);
    int counted = 0;
    int positive = 0;
    double greatest = Double.NEGATIVE_INFINITY;
    double sum = 0;
    double blockSum = 0;
    for (int n = 0; n < logQ.length; n++) {
      if (!counts(logQ[n], logP[n])) {
        continue;
      }
      blockSum += logQ[n];
      if (++counted % BLOCK == 0) {
        sum += blockSum;
        blockSum = 0;
      }
      if (logP[n] != Double.NEGATIVE_INFINITY) {
        positive++;
        greatest = Math.max(greatest, logP[n]);
      }
    }
    if (positive == 0) {
      throw new IllegalArgumentException(
          ("None of %d rows has a finite log q and a finite log p̃ (%d have zero target density); "
                  + "the dual needs at least one. See why the energies of this buffer failed.")
              .formatted(logQ.length, counted));
    }
    this.used = counted;
    this.dropped = logQ.length - counted;
    this.meanLogQ = (sum + blockSum) / counted;
    this.maxLogP = greatest;
    this.q = new double[positive];
    this.p = new double[positive];
    int packed = 0;
    for (int n = 0; n < logQ.length; n++) {
      if (counts(logQ[n], logP[n]) && logP[n] != Double.NEGATIVE_INFINITY) {
        q[packed] = logQ[n] - meanLogQ;
        p[packed++] = logP[n] - greatest;
      }
    }
  }

  static boolean counts(double logQ, double logP) {
    return Double.isFinite(logQ) && logP < Double.POSITIVE_INFINITY;
  }

  static void requireSameLength(double[] logQ, double[] logP) {
    if (logQ.length != logP.length) {
      throw new IllegalArgumentException(
          "log q (%d rows) and log p̃ (%d rows) must have the same length."
              .formatted(logQ.length, logP.length));
    }
  }

  /** Rows that count, N. */
  int used() {
    return used;
  }

  int dropped() {
    return dropped;
  }

  /** Rows that count and have zero target density. */
  int zeroDensity() {
    return used - q.length;
  }

  /** Mean of log q over the rows that count, −H(q_i). */
  double meanLogQ() {
    return meanLogQ;
  }

  double maxLogP() {
    return maxLogP;
  }

  /**
   * The density with the given multipliers, in one pass over the exponents and one over the sums.
   */
  Tilt tilt(double lambda, double eta) {
    double temperature = 1 + lambda + eta;
    double powerOfQ = 1 + eta;
    double greatest = Double.NEGATIVE_INFINITY;
    for (int n = 0; n < q.length; n++) {
      greatest = Math.max(greatest, p[n] - powerOfQ * q[n]);
    }
    double w = 0;
    double ww = 0;
    double ws = 0;
    double wss = 0;
    double wq = 0;
    double wqq = 0;
    double wsq = 0;
    for (int start = 0; start < q.length; start += BLOCK) {
      int end = Math.min(q.length, start + BLOCK);
      double blockW = 0;
      double blockWw = 0;
      double blockWs = 0;
      double blockWss = 0;
      double blockWq = 0;
      double blockWqq = 0;
      double blockWsq = 0;
      for (int n = start; n < end; n++) {
        double s = (p[n] - powerOfQ * q[n] - greatest) / temperature;
        if (s > LOWEST_EXPONENT) {
          double weight = StrictMath.exp(s);
          double weightedQ = weight * q[n];
          double weightedS = weight * s;
          blockW += weight;
          blockWw += weight * weight;
          blockWs += weightedS;
          blockWss += weightedS * s;
          blockWq += weightedQ;
          blockWqq += weightedQ * q[n];
          blockWsq += weightedQ * s;
        }
      }
      w += blockW;
      ww += blockWw;
      ws += blockWs;
      wss += blockWss;
      wq += blockWq;
      wqq += blockWqq;
      wsq += blockWsq;
    }
    double meanS = ws / w;
    double meanQ = wq / w;
    double logMeanWeight = StrictMath.log(w) - StrictMath.log(used);
    return new Tilt(
        lambda,
        eta,
        greatest / temperature + logMeanWeight,
        meanS - logMeanWeight,
        meanQ,
        Math.max(0, wss / w - meanS * meanS),
        Math.max(0, wqq / w - meanQ * meanQ),
        wsq / w - meanS * meanQ,
        w * w / (used * ww));
  }

  /** Weights of all rows in the order they came in; mean 1 over those that count. */
  double[] weights(double[] logQ, double[] logP, double lambda, double eta) {
    AnnealingDual.requireMultipliers(lambda, eta);
    Tilt tilt = tilt(lambda, eta);
    double[] weights = new double[logQ.length];
    for (int n = 0; n < logQ.length; n++) {
      if (counts(logQ[n], logP[n])) {
        double s = (logP[n] - maxLogP - (1 + eta) * (logQ[n] - meanLogQ)) / tilt.temperature();
        weights[n] = StrictMath.exp(s - tilt.logZ());
      }
    }
    return weights;
  }
}
