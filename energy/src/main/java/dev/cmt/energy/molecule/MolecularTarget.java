package dev.cmt.energy.molecule;

import dev.cmt.energy.Channel;
import dev.cmt.energy.Evaluator;
import dev.cmt.energy.PotentialEnergies;
import dev.cmt.energy.Prior;
import dev.cmt.energy.RowFailure;
import dev.cmt.energy.Target;
import dev.cmt.energy.TargetSettings;
import dev.cmt.energy.system.Bond;
import dev.cmt.energy.system.MolecularSystem;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A molecule's Boltzmann distribution, exp(−E/kT), over its shapes.
 *
 * <p>Unit coordinates are the internal coordinates of a z-matrix, each scaled by itself: a bond is
 * its minimised length + (u − ½) · 0.07 nm, an angle its minimised size + (u − ½) · 1.8 rad, a
 * torsion u of its {@link TorsionRange}. With the truncated-normal prior, whose standard deviation
 * is 0.1, bonds start with one of 0.007 nm and angles of 0.18 rad (paper, section D.1; TA-BG's
 * ICScaler). Bonds the System constrains are constants, not coordinates; their d² stays in the
 * volume. Points are {@code [atoms][3]} in nm; {@link InternalCoordinates} says how they lie and
 * what measure log-densities refer to.
 *
 * <p>The scaling can reach angles that no molecule has, 0 or π; such a row is {@link
 * RowFailure#BAD_GEOMETRY}.
 */
public final class MolecularTarget implements Target {
  /** The molar gas constant as OpenMM has it, kJ/mol/K. */
  public static final double GAS_CONSTANT_KJ_PER_MOL_K = 8.31446261815324e-3;

  private static final double BOND_SPAN_NM = 0.007 / 0.1;
  private static final double ANGLE_SPAN_RAD = 0.18 / 0.1;

  /** Conformations from float32 files miss a constrained length by a millionth of a nm. */
  private static final double CONSTRAINT_TOLERANCE_NM = 1e-4;

  private final MolecularSystem system;
  private final InternalCoordinates coordinates;
  private final TargetSettings settings;
  private final EnergyRegularizer regularizer;
  private final TorsionRange[] ranges;
  private final List<Channel> channels;

  /** Coordinate {@code index[n]} of the internal ones is shift[n] + scale[n] · u[n]. */
  private final int[] index;

  private final double[] shift;
  private final double[] scale;
  private final double logScale;

  /** Internal coordinates of the minimised conformation, constrained lengths in their place. */
  private final double[] reference;

  private final boolean[] constrained;

  /**
   * Joins a molecule, the description of its coordinates and the settings of its distribution.
   *
   * @throws IllegalArgumentException if the z-matrix does not fit the molecule, or the molecule's
   *     minimised conformation cannot be reached, as when it is not the L form
   */
  public MolecularTarget(MolecularSystem system, ZMatrix zMatrix, TargetSettings settings) {
    this.system = Objects.requireNonNull(system, "system");
    this.settings = Objects.requireNonNull(settings, "settings");
    this.regularizer = settings.regularizer();
    this.coordinates = new InternalCoordinates(zMatrix);
    if (zMatrix.atoms() != system.atoms().size()) {
      throw new IllegalArgumentException(
          "The z-matrix has %d atoms but %s has %d; they must be the same."
              .formatted(zMatrix.atoms(), system.name(), system.atoms().size()));
    }
    this.reference = new double[coordinates.dimension()];
    double[] minimized = system.minimizedNm();
    if (Double.isNaN(coordinates.toInternal(minimized, 0, reference, 0))) {
      throw new IllegalArgumentException(
          "The minimised conformation of %s has coincident or collinear atoms, so it has no internal"
                  .formatted(system.name())
              + " coordinates; minimise it again.");
    }
    this.constrained = fixConstrainedBonds(system, zMatrix, reference);
    this.ranges = torsionRanges(system, zMatrix, reference);

    int bonds = zMatrix.atoms() - 1;
    int angles = zMatrix.atoms() - 2;
    int torsions = zMatrix.atoms() - 3;
    int freeBonds = 0;
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
        freeBonds++;
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
    this.channels =
        List.of(
            new Channel("bonds", freeBonds, false, Prior.TRUNCATED_NORMAL),
            new Channel("angles", angles, false, Prior.TRUNCATED_NORMAL),
            new Channel("torsions", torsions, true, Prior.UNIFORM));
    requireReachable(minimized);
  }

  @Override
  public String name() {
    return system.name();
  }

  @Override
  public List<Channel> channels() {
    return channels;
  }

  @Override
  public int spaceDimension() {
    return 3 * coordinates.atoms();
  }

  /** The molecule. */
  public MolecularSystem system() {
    return system;
  }

  /** The description of the internal coordinates; rows are in the order of the torsions. */
  public ZMatrix zMatrix() {
    return coordinates.zMatrix();
  }

  /** What part of the circle each torsion may take, in the order of the torsions. */
  public List<TorsionRange> torsionRanges() {
    return List.of(ranges);
  }

  /** Temperature, regularisation and engine. */
  public TargetSettings settings() {
    return settings;
  }

  /**
   * Minus the regularised reduced energy.
   *
   * @param energyKjPerMol an energy of the molecule
   * @return log p̃, in kT; NaN for NaN and minus infinity
   */
  public double logDensity(double energyKjPerMol) {
    return -regularizer.apply(
        energyKjPerMol / (GAS_CONSTANT_KJ_PER_MOL_K * settings.temperatureK()));
  }

  @Override
  public void map(float[] u, int rows, double[] x, double[] logVolume) {
    map(u, rows, x, logVolume, new RowFailure[rows]);
  }

  /** {@link Target#map}, saying why rows fail. */
  void map(float[] u, int rows, double[] x, double[] logVolume, RowFailure[] failure) {
    requireRows("u", u.length, rows, index.length);
    requireRows("x", x.length, rows, spaceDimension());
    requireRows("logVolume", logVolume.length, rows, 1);
    double[] q = reference.clone();
    int width = spaceDimension();
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

  @Override
  public void unmap(double[] x, int rows, float[] u, double[] logVolume) {
    requireRows("x", x.length, rows, spaceDimension());
    requireRows("u", u.length, rows, index.length);
    requireRows("logVolume", logVolume.length, rows, 1);
    double[] q = new double[reference.length];
    for (int row = 0; row < rows; row++) {
      double logDeterminant = coordinates.toInternal(x, row * spaceDimension(), q, 0);
      if (!Double.isNaN(logDeterminant)
          && firstConstraintMissed(q) < 0
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

  private int firstConstraintMissed(double[] q) {
    for (int n = 0; n < q.length; n++) {
      if (constrained[n] && Math.abs(q[n] - reference[n]) > CONSTRAINT_TOLERANCE_NM) {
        return n;
      }
    }
    return -1;
  }

  @Override
  public Evaluator openEvaluator() {
    return new MolecularEvaluator(
        this, PotentialEnergies.open(system, settings.engine(), settings.platform()));
  }

  /** Puts constrained lengths into {@code q} and says where they are. */
  private static boolean[] fixConstrainedBonds(
      MolecularSystem system, ZMatrix zMatrix, double[] q) {
    Map<Bond, Double> constraints = system.constraintsNm();
    boolean[] constrained = new boolean[q.length];
    int used = 0;
    for (int n = 0; n < zMatrix.atoms() - 1; n++) {
      int[] bond = zMatrix.bond(n);
      Double length = constraints.get(Bond.of(bond[0], bond[1]));
      if (length == null) {
        continue;
      }
      if (Math.abs(length - q[n]) > CONSTRAINT_TOLERANCE_NM) {
        throw new IllegalArgumentException(
            "The minimised conformation of %s has %s and %s %.6f nm apart; a constraint says %.6f."
                .formatted(
                    system.name(), system.label(bond[0]), system.label(bond[1]), q[n], length));
      }
      q[n] = length;
      constrained[n] = true;
      used++;
    }
    if (used != constraints.size()) {
      throw new IllegalArgumentException(
          "The z-matrix of %s has %d of the System's %d constraints as bonds; it must have all."
              .formatted(system.name(), used, constraints.size()));
    }
    return constrained;
  }

  private static TorsionRange[] torsionRanges(
      MolecularSystem system, ZMatrix zMatrix, double[] reference) {
    TorsionRange[] ranges = new TorsionRange[zMatrix.rowCount()];
    Arrays.fill(ranges, TorsionRange.FULL);
    double[] torsions =
        Arrays.copyOfRange(reference, reference.length - ranges.length, reference.length);
    Stereochemistry.confine(system, zMatrix, ranges);
    HydrogenPermutation.confine(system, zMatrix, torsions, ranges);
    return ranges;
  }

  private void requireReachable(double[] minimized) {
    double[] logVolume = new double[1];
    unmap(minimized, 1, new float[index.length], logVolume);
    if (Double.isNaN(logVolume[0])) {
      throw new IllegalArgumentException(
          "The minimised conformation of %s lies outside its own half-ranges; amino acids must be L."
              .formatted(system.name()));
    }
  }

  private static void requireRows(String name, int length, int rows, int width) {
    if (rows < 0 || length < (long) rows * width) {
      throw new IllegalArgumentException(
          "%s holds %d numbers; %d rows of %d need more.".formatted(name, length, rows, width));
    }
  }
}
