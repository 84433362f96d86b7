package dev.cmt.energy.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Methanol, C O H1 H2 H3 HO, as OpenMM would write it. */
class SystemObstaclesTest {
  private static final String XML =
      """
      <System openmmVersion="7.7" type="System" version="1">
        <Particles>@P</Particles>
        <Constraints>@C</Constraints>
        <Forces>
          <Force type="HarmonicBondForce" usesPeriodic="0"><Bonds>@B</Bonds></Force>
        </Forces>
      </System>
      """;

  private static final String BONDS =
      bond(0, 1, 0.141)
          + bond(0, 2, 0.109)
          + bond(0, 3, 0.109)
          + bond(0, 4, 0.109)
          + bond(1, 5, 0.096);

  private static final PdbTopology METHANOL =
      PdbTopology.parse(pdb("C:C", "O:O", "H1:H", "H2:H", "H3:H", "HO:H"));

  @Test
  void aPlainMoleculeHasNone() {
    assertThat(SystemObstacles.of(xml("", BONDS), METHANOL)).isEmpty();
  }

  @Test
  void endsOfAnAngleAreNoBond() {
    String ureyBradley = bond(2, 3, 0.178) + bond(1, 2, 0.201);
    assertThat(ChemicalBonds.of(SystemXml.parse(xml("", BONDS + ureyBradley)), METHANOL))
        .isEqualTo(ChemicalBonds.of(SystemXml.parse(xml("", BONDS)), METHANOL))
        .hasSize(5);
    assertThat(SystemObstacles.of(xml("", BONDS + ureyBradley), METHANOL)).isEmpty();
    assertThat(SystemObstacles.of(xml(constraint(2, 3, 0.178), BONDS), METHANOL))
        .singleElement()
        .asString()
        .contains(
            "H1 of MOL1 (atom 2) and H2 of MOL1 (atom 3) 0.1780 nm apart", "constraints=HBonds");
  }

  @Test
  void constrainedBondsMayNotCloseARing() {
    PdbTopology ring = PdbTopology.parse(pdb("C1:C", "C2:C", "C3:C", "C4:C"));
    String three = constraint(0, 1, 0.15) + constraint(1, 2, 0.15) + constraint(2, 3, 0.15);
    String open = particles(XML.replace("@C", three).replace("@B", bond(0, 3, 0.15)), 4);
    assertThat(SystemObstacles.of(open, ring)).isEmpty();
    String closed =
        particles(XML.replace("@C", three + constraint(0, 3, 0.15)).replace("@B", ""), 4);
    assertThat(SystemObstacles.of(closed, ring))
        .singleElement()
        .asString()
        .contains("Constraints close a ring");
  }

  @Test
  void allObstaclesAreToldAtOnce() {
    PdbTopology odd = PdbTopology.parse(pdb("C:C", "O:O", "H1:H", "H2:H", "H3:Q", "HO:H"));
    String xml =
        xml("", BONDS.replace(bond(1, 5, 0.096), ""))
            .replace("usesPeriodic=\"0\"", "usesPeriodic=\"1\"")
            .replace("</Forces>", "<Force type=\"DrudeForce\"/></Forces>")
            .replaceFirst("mass=\"1\"", "mass=\"0\"");
    assertThat(SystemObstacles.of(xml, odd))
        .hasSize(5)
        .anySatisfy(o -> assertThat(o).contains("HarmonicBondForce is periodic"))
        .anySatisfy(o -> assertThat(o).contains("DrudeForce makes the atoms polarisable"))
        .anySatisfy(o -> assertThat(o).contains("C of MOL1 (atom 0) has mass 0"))
        .anySatisfy(o -> assertThat(o).contains("element Q"))
        .anySatisfy(o -> assertThat(o).contains("2 molecules", "CONECT"));
  }

  @Test
  void bondsOfOtherForcesComeFromConect() {
    String broken = xml("", BONDS.replace(bond(1, 5, 0.096), ""));
    PdbTopology conect =
        PdbTopology.parse(pdb("C:C", "O:O", "H1:H", "H2:H", "H3:H", "HO:H") + "CONECT    2    6\n");
    assertThat(SystemObstacles.of(broken, conect)).isEmpty();
  }

  @Test
  void topologiesThatCannotTellAtomsApartAreRefused() {
    String pdb = pdb("C:C", "O:O");
    String alternate = pdb.replace(" O   MOL", " O  BMOL");
    assertThat(alternate).isNotEqualTo(pdb);
    assertThatThrownBy(() -> PdbTopology.parse(alternate))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Line 2")
        .hasMessageContaining("alternate location, B");
    String inserted = pdb.replaceFirst("A   1 ", "A   1X");
    assertThatThrownBy(() -> PdbTopology.parse(inserted)).hasMessageContaining("insertion code, X");
    String many =
        "ATOM      1  O   MOL A   1       0.000   0.000   0.000  1.00  0.00           O\n"
            .repeat(100_000);
    assertThatThrownBy(() -> PdbTopology.parse(many))
        .hasMessageContaining("Line 100000")
        .hasMessageContaining("at most 99999 atoms");
  }

  private static String xml(String constraints, String bonds) {
    return particles(XML.replace("@C", constraints).replace("@B", bonds), 6);
  }

  private static String particles(String xml, int count) {
    return xml.replace("@P", "<Particle mass=\"1\"/>".repeat(count));
  }

  private static String bond(int i, int j, double lengthNm) {
    return String.format(
        Locale.ROOT, "<Bond d=\"%s\" k=\"1000\" p1=\"%d\" p2=\"%d\"/>", lengthNm, i, j);
  }

  private static String constraint(int i, int j, double lengthNm) {
    return String.format(Locale.ROOT, "<Constraint d=\"%s\" p1=\"%d\" p2=\"%d\"/>", lengthNm, i, j);
  }

  /** Names and elements, all at the origin. */
  private static String pdb(String... atoms) {
    int[] serial = {0};
    return Arrays.stream(atoms)
        .map(
            atom ->
                String.format(
                    Locale.ROOT,
                    "HETATM%5d  %-3s MOL A   1       0.000   0.000   0.000  1.00  0.00           %s%n",
                    ++serial[0],
                    atom.split(":")[0],
                    atom.split(":")[1]))
        .collect(Collectors.joining());
  }
}
