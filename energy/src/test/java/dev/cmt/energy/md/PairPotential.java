package dev.cmt.energy.md;

import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.RowFailure;
import dev.cmt.energy.system.SystemXml;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/**
 * Atoms in pairs (0, 1), (2, 3), …; the energy is a sum of one function of each component of each
 * difference q of a pair's positions. Closed forms and one-dimensional integrals tell all about it.
 *
 * @param pairs how many
 * @param energy of one difference, kJ/mol of nm
 * @param slope its derivative, kJ/mol/nm
 */
record PairPotential(int pairs, DoubleUnaryOperator energy, DoubleUnaryOperator slope)
    implements PotentialEnergy {

  static PairPotential harmonic(int pairs, double stiffness) {
    return new PairPotential(pairs, q -> 0.5 * stiffness * q * q, q -> stiffness * q);
  }

  @Override
  public int atoms() {
    return 2 * pairs;
  }

  /** Equal masses, so that a pair's reduced mass is half of one. */
  HydrogenConstraints masses(double amu) {
    return HydrogenConstraints.of(
        new SystemXml(Collections.nCopies(atoms(), amu), List.of(), Map.of(), Map.of()));
  }

  /** The components of all differences, {@code [rows][pairs][3]}, of positions or velocities. */
  double[] differences(double[] x) {
    double[] q = new double[x.length / 2];
    for (int i = 0; i < q.length; i++) {
      int first = i / 3 * 6 + i % 3;
      q[i] = x[first] - x[first + 3];
    }
    return q;
  }

  @Override
  public String engineDescription() {
    return "closed form";
  }

  @Override
  public void evaluate(
      double[] positionsNm,
      int rows,
      double[] energyKjPerMol,
      double[] forcesKjPerMolNm,
      RowFailure[] failure) {
    Arrays.fill(failure, 0, rows, RowFailure.NONE);
    Arrays.fill(energyKjPerMol, 0, rows, 0);
    for (int i = 0; i < 3 * pairs * rows; i++) {
      int first = i / 3 * 6 + i % 3;
      double q = positionsNm[first] - positionsNm[first + 3];
      energyKjPerMol[i / (3 * pairs)] += energy.applyAsDouble(q);
      if (!Double.isFinite(q)) {
        failure[i / (3 * pairs)] = RowFailure.BAD_GEOMETRY;
      }
      forcesKjPerMolNm[first] = -slope.applyAsDouble(q);
      forcesKjPerMolNm[first + 3] = slope.applyAsDouble(q);
    }
  }

  @Override
  public void close() {}
}
