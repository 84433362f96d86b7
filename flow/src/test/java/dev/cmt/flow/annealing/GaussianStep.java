package dev.cmt.flow.annealing;

/**
 * One annealing step from N(mean0, sd0²) towards exp(logZ) N(mean1, sd1²), in closed form: the next
 * density is Gaussian with precision (λ τ0 + τ1)/T. Shares no code with what it checks.
 */
record GaussianStep(double mean0, double sd0, double mean1, double sd1, double logZ) {

  /** {@code {log q, log p̃}} at the N mid-point quantiles of q_0: a quadrature rule. */
  double[][] rows(int n) {
    double[] logQ = new double[n];
    double[] logP = new double[n];
    double z = 0;
    for (int k = n / 2; k < n; k++) {
      z = quantile((k + 0.5) / n, z);
      for (int side : new int[] {1, -1}) {
        int row = side > 0 ? k : n - 1 - k;
        double x = mean0 + side * z * sd0;
        logQ[row] = logDensity(x, mean0, sd0);
        logP[row] = logZ + logDensity(x, mean1, sd1);
      }
    }
    return new double[][] {logQ, logP};
  }

  double kl(double lambda, double eta) {
    double ratio = precision(lambda, eta) * sd0 * sd0;
    double shift = (mean(lambda) - mean0) / sd0;
    return 0.5 * (Math.log(ratio) - 1 + 1 / ratio + shift * shift);
  }

  double entropyDrop(double lambda, double eta) {
    return 0.5 * Math.log(precision(lambda, eta) * sd0 * sd0);
  }

  double entropyBefore() {
    return 0.5 * Math.log(2 * Math.PI * Math.E * sd0 * sd0);
  }

  /** log ∫ q_0^{λ/T} p̃^{1/T} dx, from the difference of the densities at the product's mode. */
  double intermediateLogZ(double lambda, double eta) {
    double t = 1 + lambda + eta;
    double mode = mean(lambda);
    double atMode =
        (lambda * logDensity(mode, mean0, sd0) + logZ + logDensity(mode, mean1, sd1)) / t;
    return atMode + 0.5 * Math.log(2 * Math.PI / precision(lambda, eta));
  }

  /** {λ, η} by 200 bisections within 200 bisections of the closed forms. */
  double[] multipliers(Bounds bounds) {
    double[] range = {0, 1e6};
    if (entropyDrop(lambdaAt(0, bounds), 0) <= bounds.entropy()) {
      return new double[] {lambdaAt(0, bounds), 0};
    }
    for (int i = 0; i < 200; i++) {
      double eta = 0.5 * (range[0] + range[1]);
      range[entropyDrop(lambdaAt(eta, bounds), eta) > bounds.entropy() ? 0 : 1] = eta;
    }
    return new double[] {lambdaAt(range[0], bounds), range[0]};
  }

  private double lambdaAt(double eta, Bounds bounds) {
    if (kl(0, eta) <= bounds.trustRegion()) {
      return 0;
    }
    double[] range = {0, 1e6};
    for (int i = 0; i < 200; i++) {
      double lambda = 0.5 * (range[0] + range[1]);
      range[kl(lambda, eta) > bounds.trustRegion() ? 0 : 1] = lambda;
    }
    return range[0];
  }

  private double precision(double lambda, double eta) {
    return (lambda / (sd0 * sd0) + 1 / (sd1 * sd1)) / (1 + lambda + eta);
  }

  private double mean(double lambda) {
    double w0 = lambda / (sd0 * sd0);
    double w1 = 1 / (sd1 * sd1);
    return (w0 * mean0 + w1 * mean1) / (w0 + w1);
  }

  private static double logDensity(double x, double mean, double sd) {
    double z = (x - mean) / sd;
    return -0.5 * (z * z + Math.log(2 * Math.PI)) - Math.log(sd);
  }

  /** Newton's method on Φ, from a guess below the root in the upper half. */
  private static double quantile(double u, double guess) {
    double z = guess;
    for (int i = 0; i < 60; i++) {
      double density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
      double term = z;
      double series = z;
      for (int k = 3; Math.abs(term) > 1e-17 * Math.abs(series); k += 2) {
        term *= z * z / k;
        series += term;
      }
      double step = (u - 0.5 - density * series) / density;
      z += step;
      if (Math.abs(step) < 1e-13) {
        break;
      }
    }
    return z;
  }
}
