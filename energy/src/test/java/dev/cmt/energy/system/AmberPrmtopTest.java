package dev.cmt.energy.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.PotentialEnergies;
import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.RowFailure;
import dev.cmt.energy.kernel.ForceFieldTerms;
import dev.cmt.energy.openmm.OpenMmPlatform;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * H–O–O–O–H with invented parameters, small enough for its energy to be written out: four bonds,
 * three angles, two torsions of two terms, two scaled pairs and one that is neither scaled nor
 * excluded. The file is written by hand after ambermd.org/FileFormats.
 */
class AmberPrmtopTest {
  private static final double KJ = 4.184;

  /** Lennard-Jones of H (1.2 Å, 0.02 kcal/mol) and O (3.1 Å, 0.15 kcal/mol). */
  private static final double[] SIGMA = {1.2, 3.1, 3.1, 3.1, 1.2};

  private static final double[] EPSILON = {0.02, 0.15, 0.15, 0.15, 0.02};
  private static final double[] CHARGE = {0.4, -0.3, -0.2, -0.3, 0.4};

  private static final String PRMTOP = resource("trioxidane.prmtop");
  private static final String COORDINATES = resource("trioxidane.rst7");

  @Test
  void itsEnergyIsThatOfTheTermsWrittenOut() {
    double[] x = AmberCoordinates.parse(COORDINATES, 5);
    double expected =
        KJ
            * (553 * square(distance(x, 0, 1) - 0.96)
                + 300 * square(distance(x, 1, 2) - 1.45)
                + 300 * square(distance(x, 2, 3) - 1.45)
                + 553 * square(distance(x, 3, 4) - 0.96)
                + 50 * square(angle(x, 0, 1, 2) - 1.75)
                + 80 * square(angle(x, 1, 2, 3) - 1.87)
                + 50 * square(angle(x, 2, 3, 4) - 1.75)
                + torsions(torsion(x, 0, 1, 2, 3))
                + torsions(torsion(x, 1, 2, 3, 4)));
    expected += nonbonded(x, 0, 3, 1.25, 1.6) + nonbonded(x, 1, 4, 1.25, 1.6);
    expected += nonbonded(x, 0, 4, 1, 1);
    String xml = AmberSystem.xml(AmberPrmtop.parse(PRMTOP), ImplicitSolvent.NONE, false);

    // Eight digits of the file's coefficients, of terms of some 10 kJ/mol.
    assertThat(energy(xml, EnergyEngine.KERNEL, x)).isCloseTo(expected, within(1e-5));
    assertThat(energy(xml, EnergyEngine.OPENMM, x)).isCloseTo(expected, within(1e-5));
  }

  @ParameterizedTest
  @EnumSource
  void bothEnginesReadTheSystemAlike(ImplicitSolvent solvent) {
    double[] x = AmberCoordinates.parse(COORDINATES, 5);
    String xml = AmberSystem.xml(AmberPrmtop.parse(PRMTOP), solvent, true);
    assertThat(energy(xml, EnergyEngine.KERNEL, x))
        .isCloseTo(energy(xml, EnergyEngine.OPENMM, x), within(1e-9));
    assertThat(ForceFieldTerms.parse(xml).solvent().isPresent())
        .isEqualTo(solvent != ImplicitSolvent.NONE);
  }

  /** As OpenMM has them, from Onufriev, Bashford and Case's paper. */
  @ParameterizedTest
  @CsvSource({"OBC1, 0.8, 0, 2.909125", "OBC2, 1, 0.8, 4.85"})
  void solventsHaveThePublishedConstants(
      ImplicitSolvent solvent, double alpha, double beta, double gamma) {
    ForceFieldTerms.GeneralizedBorn born =
        ForceFieldTerms.parse(AmberSystem.xml(AmberPrmtop.parse(PRMTOP), solvent, false))
            .solvent()
            .orElseThrow();
    assertThat(new double[] {born.alpha(), born.beta(), born.gamma()})
        .containsExactly(alpha, beta, gamma);
    assertThat(born.atoms().get(0).offsetRadius()).isCloseTo(0.111, within(1e-15));
    assertThat(born.atoms().get(0).scaledRadius()).isCloseTo(0.85 * 0.111, within(1e-15));
    assertThat(born.atoms().get(1).charge()).isCloseTo(-0.3, within(1e-9));
  }

  @Test
  void constrainedHydrogensHaveNoBondTerm() {
    SystemXml system =
        SystemXml.parse(AmberSystem.xml(AmberPrmtop.parse(PRMTOP), ImplicitSolvent.NONE, true));
    assertThat(system.constraintsNm()).containsOnlyKeys(new Bond(0, 1), new Bond(3, 4));
    assertThat(system.bonds()).containsExactlyInAnyOrder(new Bond(1, 2), new Bond(2, 3));
    assertThat(system.massesAmu()).containsExactly(1.008, 16.0, 16.0, 16.0, 1.008);
  }

  @Test
  void atomsHaveElementsByMassOrByNumberAndResiduesOfThreeLetters() {
    assertThat(AmberPrmtop.parse(PRMTOP).atoms().get(4))
        .isEqualTo(new Atom("H2", "H", "TRI", 1, 'A'));
    String numbered =
        PRMTOP.replace("  1.60000000E+01", "  1.50000000E+01")
            + "%FLAG ATOMIC_NUMBER\n%FORMAT(10I8)\n       1       8       8       8       1\n";
    assertThat(AmberPrmtop.parse(numbered).atoms().get(1).element()).isEqualTo("O");
    assertThatThrownBy(
            () -> AmberPrmtop.parse(PRMTOP.replace("  1.60000000E+01", "  1.50000000E+01")))
        .hasMessageContaining("Atom O1")
        .hasMessageContaining("ATOMIC_NUMBER");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "       0       5       0^|       1       5       0^|periodic box",
        "       0       5       0^|       0       5       1^|solvent cap",
        "5       0^       0|5       0^       3|extra points",
        "       2       0^       0       0|       2       0^       1       0|perturbation",
        "%FLAG RADII|%FLAG CMAP_COUNT|CMAP terms",
        "%FLAG RADII|%FLAG CTITLE|CHARMM",
        "%FLAG RADII|%FLAG LENNARD_JONES_CCOEF|12-6-4",
        "       1       2       2       3|       1      -1       2       3|10-12 terms",
        "       1       2       2       3|       1       3       3       3|Lennard-Jones pairs of its own",
        "       3       3       2       1       1|       3       3       2       1|POINTERS say 5",
        "%VERSION|%FLAG|must begin with %VERSION",
        "0       3       1       9|0       4       1       9|multiples of 3 below 15",
        "  9.60000000E-01|             NaN|must be a finite number",
        "%FLAG MASS|%FLAG MESS|lacks its section MASS"
      })
  void refusesByName(String from, String to, String reason) {
    // ^ stands for the end of a line; trailing blanks of these patterns count.
    String changed = PRMTOP.replace(from.replace("^", "\n"), to.replace("^", "\n"));
    assertThat(changed).isNotEqualTo(PRMTOP);
    assertThatThrownBy(() -> AmberPrmtop.parse(changed))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void refusesPolarisabilityAndTermsOfTheOldHydrogenBond() {
    assertThatThrownBy(() -> AmberPrmtop.parse(PRMTOP + "%FLAG IPOL\n%FORMAT(1I8)\n       1\n"))
        .hasMessageContaining("polarisability");
    String one =
        PRMTOP.replace(
            "       2       2       2       2       0\n",
            "       2       2       2       2       1\n");
    assertThat(one).isNotEqualTo(PRMTOP);
    String terms =
        "%FLAG HBOND_ACOEF\n%FORMAT(5E16.8)\n  @\n%FLAG HBOND_BCOEF\n%FORMAT(5E16.8)\n  @\n";
    assertThatThrownBy(() -> AmberPrmtop.parse(one + terms.replace("@", "1.00000000E+00")))
        .hasMessageContaining("10-12 terms");
    assertThat(AmberPrmtop.parse(one + terms.replace("@", "0.00000000E+00")).atoms()).hasSize(5);
    String noRadii = PRMTOP.replace("%FLAG RADII", "%FLAG OTHER");
    assertThatThrownBy(
            () -> AmberSystem.xml(AmberPrmtop.parse(noRadii), ImplicitSolvent.OBC2, false))
        .hasMessageContaining("lacks RADII");
  }

  @Test
  void coordinatesMustBeOfTheMoleculeAndWhole() {
    assertThatThrownBy(() -> AmberCoordinates.parse(COORDINATES, 6))
        .hasMessageContaining("6 as in the prmtop");
    assertThatThrownBy(() -> AmberCoordinates.parse("title\n    5\n   1.0\n", 5))
        .hasMessageContaining("after 1 of 15");
    assertThatThrownBy(() -> AmberCoordinates.parse("CDF\u0001", 5)).hasMessageContaining("NetCDF");
    assertThatThrownBy(
            () -> AmberCoordinates.parse(COORDINATES.replace("0.8500000", "********"), 5))
        .hasMessageContaining("Line 3");
  }

  private static double torsions(double phi) {
    return 1.2 * (1 + Math.cos(2 * phi)) + 0.5 * (1 + Math.cos(phi - Math.PI));
  }

  /** kJ/mol. */
  private static double nonbonded(double[] x, int i, int j, double scee, double scnb) {
    double r = distance(x, i, j);
    double six = Math.pow((SIGMA[i] + SIGMA[j]) / 2 / r, 6);
    double depth = 4 * KJ * Math.sqrt(EPSILON[i] * EPSILON[j]);
    double coulomb = 10 * ForceFieldTerms.COULOMB_CONSTANT * CHARGE[i] * CHARGE[j] / r;
    return depth * (six * six - six) / scnb + coulomb / scee;
  }

  private static String resource(String file) {
    try (InputStream in = AmberPrmtopTest.class.getResourceAsStream(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static double energy(String xml, EnergyEngine engine, double[] x) {
    double[] value = new double[1];
    try (PotentialEnergy energy = PotentialEnergies.open(xml, engine, OpenMmPlatform.REFERENCE)) {
      energy.evaluate(x, 1, value, null, new RowFailure[1]);
    }
    return value[0];
  }

  private static double square(double value) {
    return value * value;
  }

  /** Å, of positions in nm. */
  private static double distance(double[] x, int i, int j) {
    return 10 * Math.sqrt(dot(minus(x, i, j), minus(x, i, j)));
  }

  private static double angle(double[] x, int i, int j, int k) {
    double[] u = minus(x, i, j);
    double[] v = minus(x, k, j);
    return Math.acos(dot(u, v) / Math.sqrt(dot(u, u) * dot(v, v)));
  }

  /** Up to its sign, which no energy here depends on. */
  private static double torsion(double[] x, int i, int j, int k, int l) {
    double[] m = cross(minus(x, i, j), minus(x, k, j));
    double[] n = cross(minus(x, k, j), minus(x, k, l));
    return Math.acos(dot(m, n) / Math.sqrt(dot(m, m) * dot(n, n)));
  }

  private static double[] minus(double[] x, int i, int j) {
    return new double[] {
      x[3 * i] - x[3 * j], x[3 * i + 1] - x[3 * j + 1], x[3 * i + 2] - x[3 * j + 2]
    };
  }

  private static double dot(double[] a, double[] b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  }

  private static double[] cross(double[] a, double[] b) {
    return new double[] {
      a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
    };
  }
}
