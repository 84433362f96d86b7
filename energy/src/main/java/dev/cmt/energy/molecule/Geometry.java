package dev.cmt.energy.molecule;

/** Distances (nm), angles and torsions (rad) of atoms in a row-major {@code [atoms][3]} array. */
final class Geometry {
  private Geometry() {}

  /** |ab|. {@code offset} is where the conformation starts, a and b are numbers of atoms. */
  static double distance(double[] x, int offset, int a, int b) {
    int ia = offset + 3 * a;
    int ib = offset + 3 * b;
    double dx = x[ia] - x[ib];
    double dy = x[ia + 1] - x[ib + 1];
    double dz = x[ia + 2] - x[ib + 2];
    return Math.sqrt(dx * dx + dy * dy + dz * dz);
  }

  /**
   * The angle a-b-c, in [0, π]. By atan2, which unlike the arc cosine is accurate near both ends.
   */
  static double angle(double[] x, int offset, int a, int b, int c) {
    int ia = offset + 3 * a;
    int ib = offset + 3 * b;
    int ic = offset + 3 * c;
    double ux = x[ia] - x[ib];
    double uy = x[ia + 1] - x[ib + 1];
    double uz = x[ia + 2] - x[ib + 2];
    double vx = x[ic] - x[ib];
    double vy = x[ic + 1] - x[ib + 1];
    double vz = x[ic + 2] - x[ib + 2];
    double nx = uy * vz - uz * vy;
    double ny = uz * vx - ux * vz;
    double nz = ux * vy - uy * vx;
    return Math.atan2(Math.sqrt(nx * nx + ny * ny + nz * nz), ux * vx + uy * vy + uz * vz);
  }

  /**
   * The torsion a-b-c-d, in [−π, π]; 0 is cis, positive is clockwise seen along b → c (IUPAC). NaN
   * where three neighbours are collinear: no plane, no torsion.
   */
  static double torsion(double[] x, int offset, int a, int b, int c, int d) {
    int ia = offset + 3 * a;
    int ib = offset + 3 * b;
    int ic = offset + 3 * c;
    int id = offset + 3 * d;
    double ux = x[ib] - x[ia];
    double uy = x[ib + 1] - x[ia + 1];
    double uz = x[ib + 2] - x[ia + 2];
    double vx = x[ic] - x[ib];
    double vy = x[ic + 1] - x[ib + 1];
    double vz = x[ic + 2] - x[ib + 2];
    double wx = x[id] - x[ic];
    double wy = x[id + 1] - x[ic + 1];
    double wz = x[id + 2] - x[ic + 2];
    double mx = uy * vz - uz * vy;
    double my = uz * vx - ux * vz;
    double mz = ux * vy - uy * vx;
    double nx = vy * wz - vz * wy;
    double ny = vz * wx - vx * wz;
    double nz = vx * wy - vy * wx;
    double v = Math.sqrt(vx * vx + vy * vy + vz * vz);
    double sine = v * (ux * nx + uy * ny + uz * nz);
    double cosine = mx * nx + my * ny + mz * nz;
    return sine == 0 && cosine == 0 ? Double.NaN : Math.atan2(sine, cosine);
  }

  /**
   * (a − o) × (b − o) · (c − o) of the directions' unit vectors, in [−1, 1]: the sign tells the two
   * ways round apart, 0 is flat, and mirroring changes the sign.
   */
  static double handedness(double[] x, int offset, int o, int a, int b, int c) {
    int io = offset + 3 * o;
    int ia = offset + 3 * a;
    int ib = offset + 3 * b;
    int ic = offset + 3 * c;
    double ux = x[ia] - x[io];
    double uy = x[ia + 1] - x[io + 1];
    double uz = x[ia + 2] - x[io + 2];
    double vx = x[ib] - x[io];
    double vy = x[ib + 1] - x[io + 1];
    double vz = x[ib + 2] - x[io + 2];
    double wx = x[ic] - x[io];
    double wy = x[ic + 1] - x[io + 1];
    double wz = x[ic + 2] - x[io + 2];
    double volume = (uy * vz - uz * vy) * wx + (uz * vx - ux * vz) * wy + (ux * vy - uy * vx) * wz;
    return volume
        / (distance(x, offset, o, a) * distance(x, offset, o, b) * distance(x, offset, o, c));
  }
}
