package dev.cmt.energy.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.energy.kernel.ForceFieldTerms.GeneralizedBorn;
import dev.cmt.energy.kernel.ForceFieldTerms.Torsion;
import dev.cmt.energy.system.BuiltInSystems;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForceFieldTermsTest {
  private static final String OBC1 = BuiltInSystems.load("alanine-dipeptide").systemXml();
  private static final String OBC2 = BuiltInSystems.load("alanine-tetrapeptide").systemXml();

  @Test
  void readsEveryTerm() {
    ForceFieldTerms terms = ForceFieldTerms.parse(OBC1);
    assertThat(terms.atoms()).isEqualTo(22);
    assertThat(terms.bonds()).hasSize(21);
    assertThat(terms.angles()).hasSize(36);
    assertThat(terms.torsions()).hasSize(52);
    assertThat(terms.nonbonded().orElseThrow().particles()).hasSize(22);
    assertThat(terms.nonbonded().orElseThrow().exceptions()).hasSize(98);
  }

  @Test
  void knowsBothBornModels() {
    GeneralizedBorn amber = ForceFieldTerms.parse(OBC1).solvent().orElseThrow();
    assertThat(amber.alpha()).isEqualTo(0.8);
    assertThat(amber.beta()).isZero();
    assertThat(amber.gamma()).isEqualTo(2.909125);
    assertThat(amber.prefactor()).isCloseTo(-138.935485 * (1 - 1 / 78.5), within(1e-12));
    assertThat(amber.engulfCorrection()).isFalse();
    GeneralizedBorn openMm = ForceFieldTerms.parse(OBC2).solvent().orElseThrow();
    assertThat(openMm.alpha()).isEqualTo(1);
    assertThat(openMm.beta()).isEqualTo(0.8);
    assertThat(openMm.gamma()).isEqualTo(4.85);
    assertThat(openMm.engulfCorrection()).isTrue();
  }

  @Test
  void torsionsOfOneDihedralAddUp() {
    List<Torsion> torsions =
        List.of(
            new Torsion(0, 1, 2, 3, 2, 1.1, 3),
            new Torsion(3, 2, 1, 0, 6, -0.4, 0.7),
            new Torsion(0, 1, 2, 4, 1, 0, 0));
    var series = TermTables.fourierSeries(torsions);
    assertThat(series).containsOnlyKeys(List.of(0, 1, 2, 3));
    double[] c = series.get(List.of(0, 1, 2, 3));
    for (double phi = -3; phi < 3; phi += 0.37) {
      double expected = 3 * (1 + Math.cos(2 * phi - 1.1)) + 0.7 * (1 + Math.cos(6 * phi + 0.4));
      double sum = c[0];
      for (int n = 1; n <= 6; n++) {
        sum += c[n] * Math.cos(n * phi) + c[6 + n] * Math.sin(n * phi);
      }
      assertThat(sum).isCloseTo(expected, within(1e-13));
    }
  }

  /** Each a change to a System that would change energies, and what the refusal must say. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "type=\"HarmonicBondForce\"|type=\"CustomBondForce\"|CustomBondForce|does not know",
        "type=\"HarmonicBondForce\" use|colour=\"red\" type=\"HarmonicBondForce\" use|HarmonicBondForce|the attribute colour of Force is unknown",
        "usesPeriodic=\"0\"|usesPeriodic=\"1\"|HarmonicBondForce|periodic",
        "k=\"284512\"|k=\"nan\"|HarmonicBondForce|k=\"nan\" of Bond must be a finite number",
        "<Bond d=|<Bond e=\"1\" d=|HarmonicBondForce|attribute e of Bond",
        "p1=\"1\" p2=\"2\"|p1=\"1\" p2=\"22\"|HarmonicBondForce|whole number from 0 to 21",
        "p1=\"1\" p2=\"2\"|p1=\"1\" p2=\"1\"|HarmonicBondForce|names atom 1 twice",
        "periodicity=\"4\"|periodicity=\"7\"|PeriodicTorsionForce|whole number from 1 to 6",
        "method=\"0\" name=\"NonbondedForce\"|method=\"1\" name=\"NonbondedForce\"|NonbondedForce|cutoff",
        "alpha=\"0\"|alpha=\"1\"|NonbondedForce|Ewald",
        "useSwitchingFunction=\"0\"|useSwitchingFunction=\"1\"|NonbondedForce|switching function",
        "includeDirectSpace=\"1\"|includeDirectSpace=\"0\"|NonbondedForce|direct space",
        "exceptionsUsePeriodic=\"0\"|exceptionsUsePeriodic=\"1\"|NonbondedForce|exceptions are periodic",
        "<ParticleOffsets/>|<ParticleOffsets><Offset/></ParticleOffsets>|NonbondedForce|ParticleOffsets must be empty",
        "<Exceptions>|<Exceptions><Exception eps=\"0\" p1=\"7\" p2=\"5\" q=\"0\" sig=\"1\"/>|NonbondedForce|two exceptions",
        "tanh(0.8*psi|tanh(0.8*psi^2|CustomGBForce|is not one of AMBER's OBC1",
        "kappa=0|kappa=0.1|CustomGBForce|is not one of AMBER's OBC1",
        "-0.5*138.935485|-0.5*138.9|CustomGBForce|self and pair terms differ",
        "name=\"sr\"|name=\"si\"|CustomGBForce|must be [charge, or, sr]",
        "<Functions/>|<Functions><Function/></Functions>|CustomGBForce|Functions must be empty",
        "param2=\".111\"|param2=\"0\"|CustomGBForce|must be positive",
        "<Particle mass=\"1.008\"/>|<Particle mass=\"0\"><TwoParticleAverageSite/></Particle>|System|Particle must be empty",
        "<Constraints/>|<Constraints/><Barostat/>|System|unknown element Barostat",
        "type=\"System\"|type=\"State\"|System|must be of type System",
      })
  void refusesWhatItDoesNotKnow(String text, String replacement, String force, String reason) {
    assertThat(OBC1).contains(text);
    String changed = OBC1.replaceFirst(Pattern.quote(text), Matcher.quoteReplacement(replacement));
    assertThatThrownBy(() -> ForceFieldTerms.parse(changed))
        .isInstanceOf(UnsupportedForceException.class)
        .hasMessageStartingWith("The batched kernel refuses " + force + ": ")
        .hasMessageContaining(reason);
  }

  @Test
  void refusesASecondSolvent() {
    int from =
        OBC2.indexOf("<Force cutoff=\"1\" forceGroup=\"0\" method=\"0\" name=\"GBSAOBCForce\"");
    int to = OBC2.indexOf("</Forces>");
    String twice = OBC2.substring(0, to) + OBC2.substring(from, to) + OBC2.substring(to);
    assertThatThrownBy(() -> ForceFieldTerms.parse(twice))
        .isInstanceOf(UnsupportedForceException.class)
        .hasMessageContaining("GBSAOBCForce: there must be only one implicit solvent");
  }

  @Test
  void passesOverTheMotionRemover() {
    String more =
        OBC2.replace(
            "</Forces>",
            "<Force type=\"CMMotionRemover\" frequency=\"1\" forceGroup=\"0\" version=\"1\"/></Forces>");
    assertThat(ForceFieldTerms.parse(more)).isEqualTo(ForceFieldTerms.parse(OBC2));
  }

  @Test
  void refusesEntitiesAndWhatIsNotXml() {
    assertThatThrownBy(() -> ForceFieldTerms.parse("not xml"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("XmlSerializer");
    assertThatThrownBy(
            () -> ForceFieldTerms.parse("<!DOCTYPE x [<!ENTITY a \"b\">]><System>&a;</System>"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("DOCTYPE");
  }
}
