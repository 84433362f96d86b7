package dev.cmt.energy.kernel;

import dev.cmt.energy.kernel.ForceFieldTerms.Angle;
import dev.cmt.energy.kernel.ForceFieldTerms.Bond;
import dev.cmt.energy.kernel.ForceFieldTerms.BornAtom;
import dev.cmt.energy.kernel.ForceFieldTerms.GeneralizedBorn;
import dev.cmt.energy.kernel.ForceFieldTerms.Nonbonded;
import dev.cmt.energy.kernel.ForceFieldTerms.NonbondedException;
import dev.cmt.energy.kernel.ForceFieldTerms.Particle;
import dev.cmt.energy.kernel.ForceFieldTerms.Torsion;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Force-field terms as the flat arrays the native kernel takes. */
final class TermTables {
  /** Highest periodicity of a torsion; the native code's. */
  private static final int MAX_PERIODICITY = 6;

  private static final int SERIES = 1 + 2 * MAX_PERIODICITY;

  private TermTables() {}

  static void fill(KernelNative.Kernel kernel, ForceFieldTerms terms) {
    List<Bond> bonds = terms.bonds();
    kernel.setBonds(
        bonds.size(),
        bonds.stream().flatMapToInt(b -> IntStream.of(b.i(), b.j())).toArray(),
        bonds.stream().flatMapToDouble(b -> DoubleStream.of(b.length(), b.k())).toArray());
    List<Angle> angles = terms.angles();
    kernel.setAngles(
        angles.size(),
        angles.stream().flatMapToInt(a -> IntStream.of(a.i(), a.j(), a.k())).toArray(),
        angles.stream().flatMapToDouble(a -> DoubleStream.of(a.angle(), a.stiffness())).toArray());
    Map<List<Integer>, double[]> series = fourierSeries(terms.torsions());
    kernel.setTorsions(
        series.size(),
        series.keySet().stream().flatMap(List::stream).mapToInt(Integer::intValue).toArray(),
        series.values().stream().flatMapToDouble(DoubleStream::of).toArray());
    kernel.setPairs(pairCoefficients(terms));
    terms.solvent().ifPresent(solvent -> fillSolvent(kernel, solvent));
  }

  /**
   * All torsions about the same four atoms as one series constant + sum of C_n cos(n phi) + S_n
   * sin(n phi): {@code [1 + 2 MAX_PERIODICITY]} constant, cosines, sines. Four atoms in reverse
   * have the same dihedral.
   */
  static Map<List<Integer>, double[]> fourierSeries(List<Torsion> torsions) {
    Map<List<Integer>, double[]> series = new LinkedHashMap<>();
    for (Torsion t : torsions) {
      if (t.amplitude() == 0) {
        continue;
      }
      List<Integer> reverse = List.of(t.l(), t.k(), t.j(), t.i());
      List<Integer> atoms =
          series.containsKey(reverse) ? reverse : List.of(t.i(), t.j(), t.k(), t.l());
      double[] sum = series.computeIfAbsent(atoms, key -> new double[SERIES]);
      sum[0] += t.amplitude();
      sum[t.periodicity()] += t.amplitude() * Math.cos(t.phase());
      sum[MAX_PERIODICITY + t.periodicity()] += t.amplitude() * Math.sin(t.phase());
    }
    return series;
  }

  /** {@code [i < j][3]}: coefficients of r⁻¹², r⁻⁶ and r⁻¹. */
  private static double[] pairCoefficients(ForceFieldTerms terms) {
    int atoms = terms.atoms();
    double[] coefficients = new double[3 * (atoms * (atoms - 1) / 2)];
    terms.nonbonded().ifPresent(nonbonded -> fillPairs(nonbonded, atoms, coefficients));
    return coefficients;
  }

  private static void fillPairs(Nonbonded nonbonded, int atoms, double[] coefficients) {
    int pair = 0;
    for (int i = 0; i < atoms; i++) {
      Particle a = nonbonded.particles().get(i);
      for (int j = i + 1; j < atoms; j++) {
        Particle b = nonbonded.particles().get(j);
        fillPair(
            coefficients,
            pair++,
            a.charge() * b.charge(),
            0.5 * (a.sigma() + b.sigma()),
            Math.sqrt(a.epsilon() * b.epsilon()));
      }
    }
    for (NonbondedException e : nonbonded.exceptions()) {
      int i = Math.min(e.i(), e.j());
      int j = Math.max(e.i(), e.j());
      int index = i * atoms - i * (i + 1) / 2 + (j - i - 1);
      fillPair(coefficients, index, e.chargeProduct(), e.sigma(), e.epsilon());
    }
  }

  private static void fillPair(
      double[] coefficients, int pair, double chargeProduct, double sigma, double epsilon) {
    double sigma6 = Math.pow(sigma, 6);
    coefficients[3 * pair] = 4 * epsilon * sigma6 * sigma6;
    coefficients[3 * pair + 1] = -4 * epsilon * sigma6;
    coefficients[3 * pair + 2] = ForceFieldTerms.COULOMB_CONSTANT * chargeProduct;
  }

  private static void fillSolvent(KernelNative.Kernel kernel, GeneralizedBorn solvent) {
    kernel.setSolvent(
        solvent.atoms().stream().flatMapToDouble(TermTables::row).toArray(),
        new double[] {
          solvent.alpha(),
          solvent.beta(),
          solvent.gamma(),
          solvent.prefactor(),
          solvent.surfaceTension(),
          solvent.probeRadius()
        },
        solvent.engulfCorrection());
  }

  private static DoubleStream row(BornAtom atom) {
    return DoubleStream.of(atom.charge(), atom.radius(), atom.offsetRadius(), atom.scaledRadius());
  }
}
