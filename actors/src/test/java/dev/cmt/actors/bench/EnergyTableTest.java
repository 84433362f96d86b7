package dev.cmt.actors.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class EnergyTableTest {
  @Test
  void anEngineThatIsMissingSaysSoAndTheOthersStand() {
    List<EnergyFigure> kernelOnly =
        List.of(
            new EnergyFigure("elil", 75, false, "kernel double", 1, 80_000, 79_000, null, 1),
            new EnergyFigure("elil", 75, false, "kernel double", 2, 152_000, 150_000, null, 1.9));

    String text = new EnergyTable(kernelOnly, 2).text(List.of("elil"));

    assertThat(text).containsPattern("elil +E +OpenMM Reference +MISSING +MISSING\n");
    assertThat(text).containsPattern("\n +kernel double +80,000 +152,000 +1.90\n");
  }

  @Test
  void ratiosStandBesideTheirRates() {
    List<EnergyFigure> one =
        List.of(
            new EnergyFigure("elil", 75, true, "OpenMM CPU", 1, 4_000, 4_000, 1.0, 1),
            new EnergyFigure("elil", 75, true, "kernel float", 1, 200_000, 1, 50.0, 1));

    String text = new EnergyTable(one, 1).text(List.of("elil"));

    assertThat(text).contains("1 core /s").doesNotContain("scaling");
    assertThat(text).containsPattern("OpenMM CPU +4,000 +1.00\n");
    assertThat(text).containsPattern("kernel float +200,000 +50\n");
  }
}
