package dev.cmt.buffer;

import java.util.SplittableRandom;

/**
 * Batches whose content follows from their number, so that a reader can tell what must be there.
 */
final class Batches {
  static final int ROWS = 37;
  static final int DIMENSION = 5;

  private Batches() {}

  static SampleBatch of(int step, int batch) {
    return of(step, batch, ROWS, DIMENSION);
  }

  static SampleBatch of(int step, int batch, int rows, int dimension) {
    SplittableRandom random = new SplittableRandom(1_000_003L * step + batch);
    float[] u = new float[rows * dimension];
    double[] logQ = new double[rows];
    double[] logP = new double[rows];
    double[] logVolume = new double[rows];
    for (int i = 0; i < u.length; i++) {
      u[i] = (float) random.nextDouble();
    }
    for (int i = 0; i < rows; i++) {
      logQ[i] = random.nextDouble(-50, 50);
      logP[i] = i % 11 == 3 ? Double.NaN : random.nextDouble(-500, 500);
      logVolume[i] = random.nextDouble(-200, 0);
    }
    return new SampleBatch(
        step, batch, (long) batch * rows, rows, dimension, u, logQ, logP, logVolume);
  }
}
