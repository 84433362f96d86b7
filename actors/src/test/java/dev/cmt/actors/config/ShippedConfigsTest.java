package dev.cmt.actors.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.energy.Target;
import dev.cmt.energy.Targets;
import dev.cmt.flow.Activation;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.coupling.FlowLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The run files that come with the product. */
class ShippedConfigsTest {
  private static final Path CONFIG = Path.of(System.getProperty("cmt.root")).resolve("config");

  static List<Path> runFiles() throws IOException {
    try (Stream<Path> files = Files.walk(CONFIG)) {
      return files.filter(file -> file.toString().endsWith(".conf")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("runFiles")
  void everyRunFileLoadsAndItsTargetExists(Path file) throws IOException {
    RunConfig config = RunConfig.load(file, List.of());
    assertThat(config.target().system()).isIn(Targets.names());
    assertThat(file.getFileName().toString()).startsWith(config.target().system());
  }

  /** Dimension and parameters: the paper's Table 6; without constrained lengths. Rest: Table 7. */
  @ParameterizedTest
  @CsvSource({
    "alanine-dipeptide,     60,  7421512, 1000, 4e-5,  400000, 0.8,  500000",
    "alanine-tetrapeptide,  98,  9452376, 1000, 5e-5,  400000, 1.8,  500000",
    "alanine-hexapeptide,  148, 12124616, 2000, 5e-5,  800000, 1.4, 1000000",
    "elil,                 178, 13727952, 2000, 5e-5, 1600000, 0.7, 1000000"
  })
  void papersRunsAreThePapers(
      String system,
      int dimension,
      int parameters,
      int batch,
      double learningRate,
      long gradientSteps,
      double entropyBound,
      int buffer)
      throws IOException {
    RunConfig config = RunConfig.load(CONFIG.resolve("paper/" + system + ".conf"), List.of());
    Target target = Targets.create(system, config.targetSettings());
    FlowArchitecture architecture = FlowArchitectures.architecture(target, config.flow());
    assertThat(target.dimension()).isEqualTo(dimension);
    assertThat(architecture.dimension()).isEqualTo(dimension);
    assertThat(new FlowLayout(architecture).parameterCount()).isEqualTo(parameters);

    assertThat(config.flow().pairs()).isEqualTo(8);
    assertThat(config.flow().hidden()).isEqualTo(Collections.nCopies(5, 256));
    assertThat(config.flow().activation()).isEqualTo(Activation.RELU);
    assertThat(config.flow().bins()).isEqualTo(8);
    assertThat(config.target().temperatureK()).isEqualTo(300);
    assertThat(config.annealing())
        .isEqualTo(
            new RunConfig.Annealing(
                (int) (gradientSteps / 2000), buffer, 0.3, OptionalDouble.of(entropyBound), 0.5));
    RunConfig.Training training = config.training();
    assertThat(training.batchSize()).isEqualTo(batch);
    assertThat(training.learningRate()).isEqualTo(learningRate);
    assertThat(training.gradientSteps()).isEqualTo(2000);
    assertThat(config.totalGradientSteps()).isEqualTo(gradientSteps);
    assertThat(training.weightDecay()).isEqualTo(1e-5);
    assertThat(training.maxGradNorm()).isEqualTo(100);
    assertThat(training.warmupSteps()).isEqualTo(1000);
    assertThat(training.controlVariate()).isFalse();
  }
}
