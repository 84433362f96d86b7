package dev.cmt.energy.md;

import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.RowFailure;
import java.util.Objects;

/**
 * Langevin dynamics of a batch of replicas, each at its own temperature: the middle scheme, BAOAB
 * (Leimkuhler, Matthews, Appl. Math. Res. Express 2013, 34), a half kick, a half drift, the heat
 * bath, a half drift, a half kick; with constraints as in Zhang et al., J. Phys. Chem. A 123 (2019)
 * 6056: velocities are corrected after each kick, positions after the second drift. Sampling errors
 * of positions are of order dt², and none at all for a harmonic oscillator. Between calls positions
 * and velocities are of the same instant, which whoever rescales velocities relies on. Owned by one
 * thread; the engine is the caller's to close.
 */
public final class Langevin {
  private final PotentialEnergy engine;
  private final HydrogenConstraints constraints;
  private final Settings settings;
  private final KeyedRandom random;
  private final int width;
  private final double[] inverseMass;
  private final double[] inverseRootMass;
  private final double keep;
  private final double heat;
  private final double[] noise;
  private final double[] before;
  private double[] forces = {};
  private double[] energies = {};
  private double[] kinetic = {};
  private RowFailure[] failures = {};

  /**
   * How replicas move.
   *
   * @param timestepPs ps, positive
   * @param frictionPerPs strength of the heat bath, 1/ps; 0 conserves energy
   * @param seed of all noise
   */
  public record Settings(double timestepPs, double frictionPerPs, long seed) {
    public Settings {
      if (!(timestepPs > 0 && Double.isFinite(timestepPs))) {
        throw new IllegalArgumentException(
            "timestepPs (%s) must be a positive number of picoseconds.".formatted(timestepPs));
      }
      if (!(frictionPerPs >= 0 && Double.isFinite(frictionPerPs))) {
        throw new IllegalArgumentException(
            "frictionPerPs (%s) must be a number of at least 0 per picosecond."
                .formatted(frictionPerPs));
      }
    }
  }

  /**
   * An integrator.
   *
   * @param engine gives forces
   * @param constraints of the same molecule; also know its masses
   * @throws IllegalArgumentException if the two have different numbers of atoms
   */
  public Langevin(PotentialEnergy engine, HydrogenConstraints constraints, Settings settings) {
    this.engine = engine;
    this.constraints = constraints;
    this.settings = Objects.requireNonNull(settings, "settings");
    if (engine.atoms() != constraints.atoms()) {
      throw new IllegalArgumentException(
          "The engine has %d atoms, the masses are of %d."
              .formatted(engine.atoms(), constraints.atoms()));
    }
    random = new KeyedRandom(settings.seed());
    width = 3 * engine.atoms();
    keep = Math.exp(-settings.frictionPerPs() * settings.timestepPs());
    heat = Math.sqrt(-Math.expm1(-2 * settings.frictionPerPs() * settings.timestepPs()));
    noise = new double[width];
    before = new double[width];
    inverseMass = new double[width];
    inverseRootMass = new double[width];
    for (int d = 0; d < width; d++) {
      inverseMass[d] = constraints.inverseMass(d / 3);
      inverseRootMass[d] = Math.sqrt(inverseMass[d]);
    }
  }

  /** Ways in which a replica can move: 3 × atoms less the lengths that are fixed. */
  public int degreesOfFreedom() {
    return width - constraints.count();
  }

  int width() {
    return width;
  }

  /**
   * Velocities of thermal equilibrium.
   *
   * @param positionsNm {@code [atoms][3]} from {@code offset}
   * @param velocities {@code [atoms][3]} from {@code offset}, nm/ps, written
   * @param kt kJ/mol
   * @param replica number of the replica: key of its random numbers
   */
  void drawVelocities(
      double[] positionsNm, double[] velocities, int offset, double kt, int replica) {
    random.begin(KeyedRandom.Purpose.START, 0, replica);
    random.normals(noise);
    for (int d = 0; d < width; d++) {
      velocities[offset + d] = Math.sqrt(kt) * inverseRootMass[d] * noise[d];
    }
    if (!constraints.correctVelocities(positionsNm, velocities, offset)) {
      throw new IllegalArgumentException(
          "The constraints cannot be met by velocities at the start; are all positions finite?");
    }
  }

  /** Energies and forces where the replicas are; needed once before the first {@link #run}. */
  void begin(double[] positionsNm, int rows) {
    if (energies.length != rows) {
      forces = new double[rows * width];
      energies = new double[rows];
      kinetic = new double[rows];
      failures = new RowFailure[rows];
    }
    evaluate(positionsNm, rows, null, 0, 0);
  }

  /**
   * {@code [rows]} potential energies where the replicas are, kJ/mol; valid until the next call.
   */
  double[] energiesKjPerMol() {
    return energies;
  }

  /**
   * {@code [rows]} kinetic energies in the middle of the last step, kJ/mol; valid until the next
   * call. There a harmonic oscillator holds kT/2 at any timestep; at whole steps its velocities are
   * colder by (ω dt)²/4, some percent for bonds to hydrogen.
   */
  double[] kineticKjPerMol() {
    return kinetic;
  }

  /**
   * Moves replicas.
   *
   * @param x {@code [rows][atoms][3]} positions, nm, moved
   * @param v {@code [rows][atoms][3]} velocities, nm/ps, changed
   * @param kt {@code [rows]} kJ/mol
   * @param firstReplica number of the first row's replica: key of its noise
   * @param firstStep steps made so far: key of the noise
   * @param steps how many to make
   * @throws UnstableDynamicsException if a replica's forces are not finite or its constraints
   *     cannot be met
   */
  void run(double[] x, double[] v, double[] kt, int firstReplica, long firstStep, int steps) {
    int rows = kt.length;
    double dt = settings.timestepPs();
    if (steps > 0) {
      kick(x, v, rows, 0.5 * dt, firstReplica, firstStep);
    }
    for (int n = 0; n < steps; n++) {
      long step = firstStep + n;
      for (int row = 0; row < rows; row++) {
        drift(x, v, row, kt[row], firstReplica + row, step);
        if (n == steps - 1) {
          kinetic[row] = kineticEnergy(v, row);
        }
      }
      evaluate(x, rows, kt, firstReplica, step);
      // The second half of this kick belongs to the next step.
      kick(x, v, rows, n < steps - 1 ? dt : 0.5 * dt, firstReplica, step);
    }
  }

  private void kick(double[] x, double[] v, int rows, double time, int firstReplica, long step) {
    for (int row = 0; row < rows; row++) {
      int offset = row * width;
      for (int d = 0; d < width; d++) {
        v[offset + d] += time * inverseMass[d] * forces[offset + d];
      }
      if (!constraints.correctVelocities(x, v, offset)) {
        throw unstable(firstReplica + row, step, "has velocities that its constraints cannot mend");
      }
    }
  }

  private void drift(double[] x, double[] v, int row, double kt, int replica, long step) {
    int offset = row * width;
    double half = 0.5 * settings.timestepPs();
    double strength = heat * Math.sqrt(kt);
    if (strength > 0) {
      random.begin(KeyedRandom.Purpose.NOISE, step, replica);
      random.normals(noise);
    }
    System.arraycopy(x, offset, before, 0, width);
    for (int d = 0; d < width; d++) {
      double old = v[offset + d];
      double fresh = keep * old + strength * inverseRootMass[d] * noise[d];
      x[offset + d] += half * (old + fresh);
      v[offset + d] = fresh;
    }
    if (!constraints.correctPositions(x, v, offset, before, settings.timestepPs())) {
      throw unstable(replica, step, "has bonds that its constraints cannot mend");
    }
  }

  private void evaluate(double[] x, int rows, double[] kt, int firstReplica, long step) {
    engine.evaluate(x, rows, energies, forces, failures);
    for (int row = 0; row < rows; row++) {
      // A force that is not finite makes a position that is none, which fails at the next step.
      if (failures[row] != RowFailure.NONE) {
        if (kt == null) {
          throw new IllegalArgumentException(
              "Replica %d starts from a conformation without energy or forces (%s)."
                  .formatted(row, failures[row]));
        }
        throw unstable(
            firstReplica + row,
            step,
            "came where there are no forces (%s)".formatted(failures[row]));
      }
    }
  }

  private UnstableDynamicsException unstable(int replica, long step, String what) {
    return new UnstableDynamicsException(
        "Replica %d %s at step %d. The timestep (%s fs) may be too long for its temperature, or it started from a strained conformation: minimise it first, lower the timestep or the highest temperature."
            .formatted(replica, what, step, 1000 * settings.timestepPs()));
  }

  /** Kinetic energy of a row, kJ/mol. */
  double kineticEnergy(double[] v, int row) {
    double twice = 0;
    for (int d = 0; d < width; d++) {
      double velocity = v[row * width + d];
      twice += velocity * velocity / inverseMass[d];
    }
    return 0.5 * twice;
  }

  /** Moves every row's centre to the origin: replicas wander off, and digits with them. */
  void centre(double[] x, int rows) {
    for (int row = 0; row < rows; row++) {
      for (int axis = 0; axis < 3; axis++) {
        double mean = 0;
        for (int d = axis; d < width; d += 3) {
          mean += x[row * width + d];
        }
        mean /= width / 3.0;
        for (int d = axis; d < width; d += 3) {
          x[row * width + d] -= mean;
        }
      }
    }
  }
}
