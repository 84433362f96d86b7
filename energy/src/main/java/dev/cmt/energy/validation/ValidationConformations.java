package dev.cmt.energy.validation;

import dev.cmt.energy.Channel;
import dev.cmt.energy.Prior;
import dev.cmt.energy.molecule.MolecularTarget;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Unit coordinates to try a target on. Equal seeds give equal ones. */
final class ValidationConformations {
  /** The prior's standard deviation of bonds and angles, in units of their span. */
  private static final double PRIOR_DEVIATION = 0.1;

  /** A fifth of the prior's for bonds and angles, 10° for torsions: strained yet whole. */
  private static final double NEAR_DEVIATION = 0.02;

  private final MolecularTarget target;
  private final SplittableRandom random;

  ValidationConformations(MolecularTarget target, long seed) {
    this.target = target;
    this.random = new SplittableRandom(seed);
  }

  /** Around the minimum; {@code [rows][dimension]}. */
  float[] near(int rows) {
    float[] minimum = new float[target.dimension()];
    target.unmap(target.system().minimizedNm(), 1, minimum, new double[1]);
    float[] u = new float[rows * minimum.length];
    for (int n = 0; n < u.length; n++) {
      u[n] = reflect(minimum[n % minimum.length] + NEAR_DEVIATION * random.nextGaussian());
    }
    return u;
  }

  /** As the flow begins; {@code [rows][dimension]}. */
  float[] prior(int rows) {
    float[] u = new float[rows * target.dimension()];
    int n = 0;
    for (int row = 0; row < rows; row++) {
      for (Channel channel : target.channels()) {
        for (int k = 0; k < channel.size(); k++) {
          u[n++] =
              channel.prior() == Prior.UNIFORM
                  ? (float) random.nextDouble()
                  : reflect(0.5 + PRIOR_DEVIATION * random.nextGaussian());
        }
      }
    }
    return u;
  }

  /** Their conformations, {@code [rows][atoms][3]} nm; rows that have none are left out. */
  double[] positions(float[] u) {
    int rows = u.length / target.dimension();
    int width = target.spaceDimension();
    double[] x = new double[rows * width];
    double[] logVolume = new double[rows];
    target.map(u, rows, x, logVolume);
    int kept = 0;
    for (int row = 0; row < rows; row++) {
      if (!Double.isNaN(logVolume[row])) {
        System.arraycopy(x, row * width, x, width * kept++, width);
      }
    }
    return Arrays.copyOf(x, kept * width);
  }

  SplittableRandom random() {
    return random;
  }

  /** Into [0, 1]; rare, and only a fraction of the unit away. */
  private static float reflect(double u) {
    double folded = Math.abs(u);
    return (float) (folded > 1 ? Math.max(0, 2 - folded) : folded);
  }
}
