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
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

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

  private final MolecularSystem system;
  private final UnitMap map;
  private final TargetSettings settings;
  private final EnergyRegularizer regularizer;
  private final Stereochemistry stereochemistry;
  private final List<Channel> channels;

  /**
   * Joins a molecule, the description of its coordinates and the settings of its distribution.
   *
   * @throws IllegalArgumentException if the z-matrix does not fit the molecule, or the molecule's
   *     minimised conformation cannot be reached
   */
  public MolecularTarget(MolecularSystem system, ZMatrix zMatrix, TargetSettings settings) {
    this.system = Objects.requireNonNull(system, "system");
    this.settings = Objects.requireNonNull(settings, "settings");
    this.regularizer = settings.regularizer();
    if (zMatrix.atoms() != system.atoms().size()) {
      throw new IllegalArgumentException(
          "The z-matrix has %d atoms but %s has %d; they must be the same."
              .formatted(zMatrix.atoms(), system.name(), system.atoms().size()));
    }
    InternalCoordinates coordinates = new InternalCoordinates(zMatrix);
    double[] reference = new double[coordinates.dimension()];
    double[] minimized = system.minimizedNm();
    if (Double.isNaN(coordinates.toInternal(minimized, 0, reference, 0))) {
      throw new IllegalArgumentException(
          "The minimised conformation of %s has coincident or collinear atoms, so it has no internal"
                  .formatted(system.name())
              + " coordinates; minimise it again.");
    }
    boolean[] constrained = fixConstrainedBonds(system, zMatrix, reference);
    this.stereochemistry = Stereochemistry.of(system, zMatrix);
    this.map =
        new UnitMap(
            coordinates, reference, constrained, stereochemistry.ranges(zMatrix.rowCount()));
    int angles = zMatrix.atoms() - 2;
    int torsions = zMatrix.atoms() - 3;
    this.channels =
        List.of(
            new Channel(
                "bonds", map.dimension() - angles - torsions, false, Prior.TRUNCATED_NORMAL),
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
    return 3 * map.coordinates().atoms();
  }

  /** The molecule. */
  public MolecularSystem system() {
    return system;
  }

  /** The description of the internal coordinates; rows are in the order of the torsions. */
  public ZMatrix zMatrix() {
    return map.coordinates().zMatrix();
  }

  /** What part of the circle each torsion may take, in the order of the torsions. */
  public List<TorsionRange> torsionRanges() {
    return List.of(stereochemistry.ranges(zMatrix().rowCount()));
  }

  /** Which of them may not take the whole circle, and why. */
  public Stereochemistry stereochemistry() {
    return stereochemistry;
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
    map.map(u, rows, x, logVolume, new RowFailure[Math.max(rows, 0)]);
  }

  @Override
  public void unmap(double[] x, int rows, float[] u, double[] logVolume) {
    map.unmap(x, rows, u, logVolume);
  }

  /** The map by itself. */
  public UnitMap unitMap() {
    return map;
  }

  @Override
  public Evaluator openEvaluator() {
    return new MolecularEvaluator(
        this,
        PotentialEnergies.openMapped(
            system.systemXml(),
            map,
            settings.engine(),
            settings.platform(),
            settings.energyMaxKt() * GAS_CONSTANT_KJ_PER_MOL_K * settings.temperatureK()));
  }

  /** Puts constrained lengths into {@code q} and says where they are. */
  private static boolean[] fixConstrainedBonds(
      MolecularSystem system, ZMatrix zMatrix, double[] q) {
    Map<Bond, Double> constraints = system.constraintsNm();
    boolean[] constrained = new boolean[q.length];
    Set<Bond> left =
        new TreeSet<>(Comparator.comparingInt(Bond::first).thenComparing(Bond::second));
    left.addAll(constraints.keySet());
    for (int n = 0; n < zMatrix.atoms() - 1; n++) {
      int[] bond = zMatrix.bond(n);
      Double length = constraints.get(Bond.of(bond[0], bond[1]));
      if (length == null) {
        continue;
      }
      if (Math.abs(length - q[n]) > UnitMap.CONSTRAINT_TOLERANCE_NM) {
        throw new IllegalArgumentException(
            "The minimised conformation of %s has %s and %s %.6f nm apart; a constraint says %.6f."
                .formatted(
                    system.name(), system.label(bond[0]), system.label(bond[1]), q[n], length));
      }
      q[n] = length;
      constrained[n] = true;
      left.remove(Bond.of(bond[0], bond[1]));
    }
    if (!left.isEmpty()) {
      Bond one = left.iterator().next();
      throw new IllegalArgumentException(
          "%d of the %d constraints of %s are no lengths of its z-matrix, such as that of %s and %s;"
                  .formatted(
                      left.size(),
                      constraints.size(),
                      system.name(),
                      system.label(one.first()),
                      system.label(one.second()))
              + " only bonds to hydrogen and others that close no ring can be constrained.");
    }
    return constrained;
  }

  private void requireReachable(double[] minimized) {
    double[] logVolume = new double[1];
    unmap(minimized, 1, new float[map.dimension()], logVolume);
    if (Double.isNaN(logVolume[0])) {
      throw new IllegalArgumentException(
          "The minimised conformation of %s lies outside its own ranges; minimise it again."
              .formatted(system.name()));
    }
  }
}
