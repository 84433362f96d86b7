package dev.cmt.energy.molecule;

import dev.cmt.energy.RowFailure;
import dev.cmt.energy.kernel.CoordinateMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The map between unit and Cartesian coordinates of a molecule, by way of internal ones: a bond is
 * its reference length + (u − ½) · 0.07 nm, an angle its reference size + (u − ½) · 1.8 rad, a
 * torsion u of its {@link TorsionRange}. Constrained bonds are constants; their d² stays in the
 * volume. Immutable; safe for use by many threads.
 */
public final class UnitMap {
  private static final double BOND_SPAN_NM = 0.007 / 0.1;
  private static final double ANGLE_SPAN_RAD = 0.18 / 0.1;

  /** Conformations from float32 files miss a constrained length by a millionth of a nm. */
  static final double CONSTRAINT_TOLERANCE_NM = 1e-4;

  private final InternalCoordinates coordinates;

  /** Internal coordinates of the reference conformation, constrained lengths in their place. */
  private final double[] reference;

  private final boolean[] constrained;

  /** Coordinate {@code index[n]} of the internal ones is shift[n] + scale[n] · u[n]. */
  private final int[] index;

  private final double[] shift;
  private final double[] scale;
  private final double logScale;

  /**
   * Takes the reference conformation and what of it is fixed or confined.
   *
   * @param reference {@code [3N − 6]} internal coordinates, nm and rad
   * @param constrained {@code [3N − 6]} which of them are constants
   * @param ranges {@code [N − 3]} of the torsions
   */
  UnitMap(
      InternalCoordinates coordinates,
      double[] reference,
      boolean[] constrained,
      TorsionRange[] ranges) {
    this.coordinates = coordinates;
    this.reference = reference.clone();
    this.constrained = constrained.clone();
    int bonds = coordinates.atoms() - 1;
    int angles = coordinates.atoms() - 2;
    int[] index = new int[reference.length];
    double[] shift = new double[reference.length];
    double[] scale = new double[reference.length];
    int n = 0;
    for (int q = 0; q < reference.length; q++) {
      if (constrained[q]) {
        continue;
      }
      index[n] = q;
      if (q < bonds) {
        scale[n] = BOND_SPAN_NM;
        shift[n] = reference[q] - 0.5 * BOND_SPAN_NM;
      } else if (q < bonds + angles) {
        scale[n] = ANGLE_SPAN_RAD;
        shift[n] = reference[q] - 0.5 * ANGLE_SPAN_RAD;
      } else {
        TorsionRange range = ranges[q - bonds - angles];
        scale[n] = 2 * Math.PI * range.length();
        shift[n] = 2 * Math.PI * range.start() - Math.PI;
      }
      n++;
    }
    this.index = Arrays.copyOf(index, n);
    this.shift = Arrays.copyOf(shift, n);
    this.scale = Arrays.copyOf(scale, n);
    this.logScale = Arrays.stream(this.scale).map(Math::log).sum();
  }

  /** Unit coordinates of a row. */
  public int dimension() {
    return index.length;
  }

  /** The internal coordinates between the two. */
  public InternalCoordinates coordinates() {
    return coordinates;
  }

  /** The same map as the native kernel takes it. */
  public CoordinateMap toKernel() {
    ZMatrix zMatrix = coordinates.zMatrix();
    List<CoordinateMap.Placement> placements = new ArrayList<>();
    for (int n : zMatrix.placementOrder()) {
      int[] row = zMatrix.row(n);
      placements.add(new CoordinateMap.Placement(n, row[0], row[1], row[2], row[3]));
    }
    List<CoordinateMap.Coordinate> kernelCoordinates = new ArrayList<>();
    int column = 0;
    for (int q = 0; q < reference.length; q++) {
      kernelCoordinates.add(
          constrained[q]
              ? new CoordinateMap.Coordinate(-1, reference[q], 0)
              : new CoordinateMap.Coordinate(column, shift[column], scale[column++]));
    }
    return new CoordinateMap(
        dimension(),
        List.of(zMatrix.seed(0), zMatrix.seed(1), zMatrix.seed(2)),
        placements,
        kernelCoordinates,
        logScale + InternalCoordinates.LOG_ORIENTATIONS);
  }

  /**
   * Maps unit to Cartesian coordinates.
   *
   * @param u {@code [rows][dimension]} row-major
   * @param rows how many rows count
   * @param x {@code [rows][atoms][3]} nm, written; NaN in rows that failed
   * @param logVolume {@code [rows]} log |dx/du|, written; NaN in rows that failed
   * @param failure {@code [rows]} why, written
   * @throws IllegalArgumentException if an array holds fewer than {@code rows} rows
   */
  public void map(float[] u, int rows, double[] x, double[] logVolume, RowFailure[] failure) {
    int width = 3 * coordinates.atoms();
    requireRows("u", u.length, rows, index.length);
    requireRows("x", x.length, rows, width);
    requireRows("logVolume", logVolume.length, rows, 1);
    requireRows("failure", failure.length, rows, 1);
    double[] q = reference.clone();
    for (int row = 0; row < rows; row++) {
      failure[row] = RowFailure.BAD_COORDINATE;
      double logDeterminant = Double.NaN;
      if (scaleRow(u, row * index.length, q)) {
        logDeterminant = coordinates.toCartesian(q, 0, x, row * width);
        failure[row] = Double.isNaN(logDeterminant) ? RowFailure.BAD_GEOMETRY : RowFailure.NONE;
      }
      if (failure[row] != RowFailure.NONE) {
        Arrays.fill(x, row * width, (row + 1) * width, Double.NaN);
      }
      logVolume[row] = logDeterminant + logScale;
    }
  }

  /** Writes the free coordinates of {@code q}; false if one is not a number in [0, 1]. */
  private boolean scaleRow(float[] u, int offset, double[] q) {
    for (int n = 0; n < index.length; n++) {
      float value = u[offset + n];
      if (!(value >= 0 && value <= 1)) {
        return false;
      }
      q[index[n]] = shift[n] + scale[n] * value;
    }
    return true;
  }

  /**
   * The inverse of {@link #map}.
   *
   * @param x {@code [rows][atoms][3]} nm
   * @param rows how many rows count
   * @param u {@code [rows][dimension]} written; NaN in rows that no unit coordinates reach
   * @param logVolume {@code [rows]} log |dx/du|, written; NaN in rows that no unit coordinates
   *     reach
   * @throws IllegalArgumentException if an array holds fewer than {@code rows} rows
   */
  public void unmap(double[] x, int rows, float[] u, double[] logVolume) {
    int width = 3 * coordinates.atoms();
    requireRows("x", x.length, rows, width);
    requireRows("u", u.length, rows, index.length);
    requireRows("logVolume", logVolume.length, rows, 1);
    double[] q = new double[reference.length];
    for (int row = 0; row < rows; row++) {
      double logDeterminant = coordinates.toInternal(x, row * width, q, 0);
      if (!Double.isNaN(logDeterminant)
          && keepsConstraints(q)
          && unscaleRow(q, u, row * index.length)) {
        logVolume[row] = logDeterminant + logScale;
      } else {
        logVolume[row] = Double.NaN;
        Arrays.fill(u, row * index.length, (row + 1) * index.length, Float.NaN);
      }
    }
  }

  private boolean unscaleRow(double[] q, float[] u, int offset) {
    for (int n = 0; n < index.length; n++) {
      double value = (q[index[n]] - shift[n]) / scale[n];
      if (!(value >= 0 && value <= 1)) {
        return false;
      }
      u[offset + n] = (float) value;
    }
    return true;
  }

  private boolean keepsConstraints(double[] q) {
    for (int n = 0; n < q.length; n++) {
      if (constrained[n] && Math.abs(q[n] - reference[n]) > CONSTRAINT_TOLERANCE_NM) {
        return false;
      }
    }
    return true;
  }

  private static void requireRows(String name, int length, int rows, int width) {
    if (rows < 0 || length < (long) rows * width) {
      throw new IllegalArgumentException(
          "%s holds %d numbers; %d rows of %d need more.".formatted(name, length, rows, width));
    }
  }
}
