package dev.cmt.actors.report;

import dev.cmt.flow.diagnostics.Estimate;
import dev.cmt.flow.diagnostics.Histogram2D;
import java.util.Arrays;
import java.util.List;

/**
 * Torsions of one residue in a reference.
 *
 * @param source what it is
 * @param samples counts in it
 * @param histogram of (φ, ψ)
 * @param phiPositive probability of φ &gt; 0
 */
record TorsionReference(String source, long samples, Histogram2D histogram, Estimate phiPositive) {

  /** Of samples: their frames may be correlated, so their population has no error. */
  static TorsionReference of(String source, double[] phi, double[] psi) {
    int positive = 0;
    for (double angle : phi) {
      positive += angle > 0 ? 1 : 0;
    }
    Histogram2D histogram = new Histogram2D(TorsionPair.BINS);
    histogram.add(phi, psi);
    return new TorsionReference(
        source,
        phi.length,
        histogram,
        new Estimate((double) positive / phi.length, Double.NaN, phi.length));
  }

  /** Of counts that come with the product. */
  static TorsionReference of(BundledReference.Ramachandran bundled) {
    double[] cells = bundled.counts().stream().flatMap(List::stream).mapToDouble(c -> c).toArray();
    long samples = Math.round(Arrays.stream(cells).sum());
    if (samples != bundled.phiPositive().rows()) {
      throw new IllegalStateException(
          "The bundled counts of %s add up to %d, not %d."
              .formatted(bundled.residue(), samples, bundled.phiPositive().rows()));
    }
    return new TorsionReference(
        bundled.source(), samples, Histogram2D.of(cells), bundled.phiPositive());
  }
}
