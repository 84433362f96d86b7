package dev.cmt.actors.molecule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.actors.config.RunConfig;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StarterConfigTest {
  /** Sizes of imported molecules are those that were tried on molecules of their dimension. */
  @ParameterizedTest
  @CsvSource({"alanine-hexapeptide, 148", "elil, 178"})
  void sizesAreThoseOfTheQuickConfigs(String molecule, int dimension) {
    RunConfig tried =
        RunConfig.load(
            Path.of(System.getProperty("cmt.root")).resolve("config/" + molecule + "-quick.conf"),
            List.of());
    assertThat(StarterConfig.steps(dimension)).isEqualTo(tried.annealing().steps());
    assertThat(StarterConfig.samples(dimension)).isEqualTo(tried.annealing().samplesPerStep());
    assertThat(Double.parseDouble(StarterConfig.learningRate(dimension)))
        .isEqualTo(tried.training().learningRate());
  }
}
