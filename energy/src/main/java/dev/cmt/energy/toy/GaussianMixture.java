package dev.cmt.energy.toy;

import dev.cmt.energy.Prior;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Equally weighted, isotropic Gaussians in the plane, normalised: log Z = 0. {@link #gmm40()} is
 * the mixture of FAB (Midgley et al., 2022): 40 means, drawn there uniformly from [−40, 40]²,
 * standard deviation softplus(1), on the box [−50, 50]².
 */
public final class GaussianMixture extends AbstractBoxTarget {
  private static final double GMM40_HALF_WIDTH = 50;

  /** {@code [components][2]}. */
  private final double[] means;

  private final double scale;
  private final double logNormalization;

  private GaussianMixture(String name, double[] means, double scale, double halfWidth) {
    super(name, 2, halfWidth, Prior.UNIFORM);
    this.means = means;
    this.scale = scale;
    this.logNormalization = -Math.log(modes() * 2 * Math.PI * scale * scale);
  }

  /** FAB's mixture of 40. The nearest edge of the box is 7.6 standard deviations from any mean. */
  public static GaussianMixture gmm40() {
    try (InputStream in = GaussianMixture.class.getResourceAsStream("gmm40_means.txt")) {
      double[] means =
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.startsWith("#"))
              .flatMap(line -> Arrays.stream(line.trim().split(" +")))
              .mapToDouble(Double::parseDouble)
              .toArray();
      return new GaussianMixture("gmm40", means, Math.log1p(Math.E), GMM40_HALF_WIDTH);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the means of gmm40.", e);
    }
  }

  @Override
  public double logDensity(double[] x, int offset) {
    double nearest = Double.POSITIVE_INFINITY;
    for (int mode = 0; mode < modes(); mode++) {
      nearest = Math.min(nearest, halfSquaredDistance(x, offset, mode));
    }
    double sum = 0;
    for (int mode = 0; mode < modes(); mode++) {
      sum += Math.exp(nearest - halfSquaredDistance(x, offset, mode));
    }
    return logNormalization - nearest + Math.log(sum);
  }

  @Override
  public double logPartition() {
    return 0;
  }

  @Override
  public int modes() {
    return means.length / 2;
  }

  /** The component whose mean is nearest. */
  @Override
  public int modeOf(double[] x, int offset) {
    int nearest = 0;
    for (int mode = 1; mode < modes(); mode++) {
      if (halfSquaredDistance(x, offset, mode) < halfSquaredDistance(x, offset, nearest)) {
        nearest = mode;
      }
    }
    return nearest;
  }

  /** In units of the standard deviation. */
  private double halfSquaredDistance(double[] x, int offset, int mode) {
    double dx = (x[offset] - means[2 * mode]) / scale;
    double dy = (x[offset + 1] - means[2 * mode + 1]) / scale;
    return 0.5 * (dx * dx + dy * dy);
  }
}
