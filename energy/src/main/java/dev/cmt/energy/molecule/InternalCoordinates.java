package dev.cmt.energy.molecule;

import java.util.Objects;

/**
 * The map between internal and Cartesian coordinates, one conformation at a time, in double.
 *
 * <p>Internal coordinates of a conformation are {@code [bonds | angles | torsions]} of the
 * z-matrix: N−1 lengths (nm), N−2 angles (rad, in (0, π)), N−3 torsions (rad, any; [−π, π] on the
 * way back). Cartesian coordinates are {@code [atoms][3]} in nm, x0 at the origin, x1 on the +x
 * axis, x2 in the upper half of the xy-plane.
 *
 * <p>The volume is that of the map from (x0, orientation, internal coordinates) to all 3N Cartesian
 * coordinates. An atom placed at distance d and angle a contributes d² sin a; the frame contributes
 * d01² d12² sin a012 and (2π)², the two normalised Euler angles, the third entering by its cosine:
 *
 * <pre>log |dx/dq| = Σ_bonds 2 log d + Σ_angles log sin a + 2 log 2π</pre>
 *
 * <p>This is the convention of bgflow's {@code GlobalInternalCoordinateTransformation}, and thereby
 * that of the log-densities and log Z in the paper's tables; the full orientational volume 8π²
 * would be larger by log 2.
 *
 * <p>Immutable; safe for use by many threads.
 */
public final class InternalCoordinates {
  /** The frame's share of the volume that no coordinate changes. */
  static final double LOG_ORIENTATIONS = 2 * Math.log(2 * Math.PI);

  /** A product of so many factors d² sin a of a molecule cannot leave the range of double. */
  private static final int FACTORS_PER_LOG = 32;

  private final ZMatrix zMatrix;
  private final int atoms;
  private final int[] seeds;

  /** {@code [rows][5]} in the order of placement: number of the row, then offsets of its atoms. */
  private final int[] placements;

  /** Takes the description of the coordinates. */
  public InternalCoordinates(ZMatrix zMatrix) {
    this.zMatrix = Objects.requireNonNull(zMatrix, "zMatrix");
    this.atoms = zMatrix.atoms();
    this.seeds = new int[] {3 * zMatrix.seed(0), 3 * zMatrix.seed(1), 3 * zMatrix.seed(2)};
    int[] order = zMatrix.placementOrder();
    this.placements = new int[5 * order.length];
    for (int n = 0; n < order.length; n++) {
      int[] row = zMatrix.row(order[n]);
      placements[5 * n] = order[n];
      for (int k = 0; k < 4; k++) {
        placements[5 * n + 1 + k] = 3 * row[k];
      }
    }
  }

  /** Atoms of the molecule. */
  public int atoms() {
    return atoms;
  }

  /** How many internal coordinates a conformation has, 3N − 6. */
  public int dimension() {
    return 3 * atoms - 6;
  }

  /**
   * Builds a conformation.
   *
   * @param q {@code [3N − 6]} from {@code qOffset}
   * @param x {@code [atoms][3]} from {@code xOffset}, written, nm
   * @return log |dx/dq|; NaN, and {@code x} without meaning, if a length is not positive, an angle
   *     not in (0, π), or three atoms a torsion refers to are collinear
   */
  public double toCartesian(double[] q, int qOffset, double[] x, int xOffset) {
    int angles = qOffset + atoms - 1;
    int torsions = angles + atoms - 2;
    double d01 = q[qOffset];
    double d12 = q[qOffset + 1];
    double a012 = q[angles];
    double sin012 = Math.sin(a012);
    if (!(d01 > 0 && d12 > 0 && isAngle(a012))) {
      return Double.NaN;
    }
    placeFrame(d01, d12, a012, sin012, x, xOffset);
    double volume = d01 * d01 * d12 * d12 * sin012;
    double logVolume = LOG_ORIENTATIONS;
    int factors = 0;
    for (int n = 0; n < placements.length; n += 5) {
      int row = placements[n];
      double d = q[qOffset + 2 + row];
      double a = q[angles + 1 + row];
      double t = q[torsions + row];
      double sinA = Math.sin(a);
      if (!(d > 0 && isAngle(a))) {
        return Double.NaN;
      }
      int i1 = xOffset + placements[n + 2];
      int i2 = xOffset + placements[n + 3];
      int i3 = xOffset + placements[n + 4];
      double x1 = x[i1];
      double y1 = x[i1 + 1];
      double z1 = x[i1 + 2];
      // e: unit vector from p2 to p1; n: unit normal of the plane p1 p2 p3; m = e × n lies in it.
      double ex = x1 - x[i2];
      double ey = y1 - x[i2 + 1];
      double ez = z1 - x[i2 + 2];
      double scale = 1 / Math.sqrt(ex * ex + ey * ey + ez * ez);
      ex *= scale;
      ey *= scale;
      ez *= scale;
      double vx = x1 - x[i3];
      double vy = y1 - x[i3 + 1];
      double vz = z1 - x[i3 + 2];
      double nx = ey * vz - ez * vy;
      double ny = ez * vx - ex * vz;
      double nz = ex * vy - ey * vx;
      scale = 1 / Math.sqrt(nx * nx + ny * ny + nz * nz);
      nx *= scale;
      ny *= scale;
      nz *= scale;
      double mx = ey * nz - ez * ny;
      double my = ez * nx - ex * nz;
      double mz = ex * ny - ey * nx;
      double along = -d * Math.cos(a);
      double across = d * sinA;
      double inPlane = across * Math.cos(t);
      double offPlane = -across * Math.sin(t);
      int i0 = xOffset + placements[n + 1];
      x[i0] = x1 + along * ex + offPlane * nx + inPlane * mx;
      x[i0 + 1] = y1 + along * ey + offPlane * ny + inPlane * my;
      x[i0 + 2] = z1 + along * ez + offPlane * nz + inPlane * mz;
      if (!Double.isFinite(x[i0] + x[i0 + 1] + x[i0 + 2])) {
        return Double.NaN;
      }
      volume *= d * across;
      if (++factors % FACTORS_PER_LOG == 0) {
        logVolume += Math.log(volume);
        volume = 1;
      }
    }
    return logVolume + Math.log(volume);
  }

  /**
   * Measures a conformation, wherever it lies and however it is turned.
   *
   * @param x {@code [atoms][3]} from {@code xOffset}, nm
   * @param q {@code [3N − 6]} from {@code qOffset}, written
   * @return log |dx/dq|, as {@link #toCartesian} gives it for {@code q}; NaN where atoms coincide
   *     or are collinear
   */
  public double toInternal(double[] x, int xOffset, double[] q, int qOffset) {
    int angles = qOffset + atoms - 1;
    int torsions = angles + atoms - 2;
    q[qOffset] = Geometry.distance(x, xOffset, seeds[0] / 3, seeds[1] / 3);
    q[qOffset + 1] = Geometry.distance(x, xOffset, seeds[1] / 3, seeds[2] / 3);
    q[angles] = Geometry.angle(x, xOffset, seeds[0] / 3, seeds[1] / 3, seeds[2] / 3);
    for (int n = 0; n < placements.length; n += 5) {
      int row = placements[n];
      int i = placements[n + 1] / 3;
      int j = placements[n + 2] / 3;
      int k = placements[n + 3] / 3;
      int l = placements[n + 4] / 3;
      q[qOffset + 2 + row] = Geometry.distance(x, xOffset, i, j);
      q[angles + 1 + row] = Geometry.angle(x, xOffset, i, j, k);
      q[torsions + row] = Geometry.torsion(x, xOffset, i, j, k, l);
    }
    double logVolume = LOG_ORIENTATIONS;
    for (int n = 0; n < atoms - 1; n++) {
      logVolume += 2 * Math.log(q[qOffset + n]);
    }
    for (int n = 0; n < atoms - 2; n++) {
      logVolume += Math.log(Math.sin(q[angles + n]));
    }
    for (int n = 0; n < atoms - 3; n++) {
      if (Double.isNaN(q[torsions + n])) {
        return Double.NaN;
      }
    }
    return Double.isFinite(logVolume) ? logVolume : Double.NaN;
  }

  /** The description of the coordinates. */
  public ZMatrix zMatrix() {
    return zMatrix;
  }

  private void placeFrame(
      double d01, double d12, double a012, double sin012, double[] x, int xOffset) {
    int i0 = xOffset + seeds[0];
    int i1 = xOffset + seeds[1];
    int i2 = xOffset + seeds[2];
    x[i0] = 0;
    x[i0 + 1] = 0;
    x[i0 + 2] = 0;
    x[i1] = d01;
    x[i1 + 1] = 0;
    x[i1 + 2] = 0;
    x[i2] = d01 - d12 * Math.cos(a012);
    x[i2 + 1] = d12 * sin012;
    x[i2 + 2] = 0;
  }

  private static boolean isAngle(double a) {
    return a > 0 && a < Math.PI;
  }
}
