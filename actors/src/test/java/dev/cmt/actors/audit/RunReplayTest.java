package dev.cmt.actors.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.actors.config.RunConfig;
import dev.cmt.energy.Target;
import dev.cmt.energy.Targets;
import dev.cmt.flow.annealing.AnnealingPath;
import dev.cmt.flow.annealing.BoundSchedule;
import dev.cmt.flow.annealing.EntropyBound;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunReplayTest {
  private static final long SEED = 8;

  @TempDir private Path temporary;

  @Test
  void everyKeptStepGivesItsRecordedFigures() throws IOException {
    Path run = TinyRun.copyTo(temporary.resolve("run"));
    RunReplay replay = RunReplay.of(run, (recorded, own) -> own);
    assertThat(replay.steps()).hasSize(TinyRun.STEPS);
    assertThat(replay.steps().stream().map(RunReplay.Step::source))
        .containsExactly("ledger", "ledger", "journal");
    assertThat(replay.steps())
        .allSatisfy(
            step -> {
              assertThat(step.rows()).isEqualTo(TinyRun.ROWS);
              assertThat(step.difference()).isLessThan(RunReplay.TOLERANCE);
            });
    assertThat(replay.missing()).isEmpty();
    assertThat(replay.comparesSettings()).isFalse();
    assertThat(replay.evaluation().rows()).isEqualTo(TinyRun.ROWS);
    assertThat(replay.agrees()).isTrue();
  }

  @Test
  void otherBoundsAreMet() throws IOException {
    Path run = TinyRun.copyTo(temporary.resolve("run"));
    RunReplay replay = RunReplay.of(run, (recorded, own) -> own.withBounds(0.1, null));
    assertThat(replay.comparesSettings()).isTrue();
    assertThat(replay.agrees()).isTrue();
    for (RunReplay.Step step : replay.steps()) {
      // Half the way needs a heavier multiplier, and keeps more of the sample.
      assertThat(step.other().kl()).isCloseTo(0.1, within(1e-8));
      assertThat(step.other().lambda()).isGreaterThan(step.replayed().lambda());
      assertThat(step.other().essStep()).isGreaterThan(step.replayed().essStep());
      assertThat(step.other().entropy()).isEqualTo(step.replayed().entropy());
      assertThat(step.other().beta()).isLessThan(step.replayed().beta());
    }
    double off = Double.POSITIVE_INFINITY;
    for (RunReplay.Step step :
        RunReplay.of(run, (recorded, own) -> own.withBounds(off, off)).steps()) {
      assertThat(step.other().lambda()).isZero();
      assertThat(step.other().eta()).isZero();
      assertThat(step.other().beta()).isEqualTo(1);
      assertThat(step.other().alpha()).isEqualTo(1);
    }
  }

  @Test
  void whatIsNotKeptIsSaidAndWhatWasChangedIsFound() throws IOException {
    Path run = TinyRun.copyTo(temporary.resolve("run"));
    Files.delete(run.resolve("ledger/step-000000.ledger"));
    assertThat(RunReplay.of(run, (recorded, own) -> own).missing()).containsExactly(0);
    Path steps = run.resolve("steps.jsonl");
    List<String> lines = Files.readAllLines(steps);
    String changed = lines.get(2).replaceFirst("\"kl\":0\\.\\d", "\"kl\":0.4");
    assertThat(changed).isNotEqualTo(lines.get(2));
    Files.write(steps, List.of(lines.get(0), lines.get(1), changed));
    RunReplay replay = RunReplay.of(run, (recorded, own) -> own);
    assertThat(replay.agrees()).isFalse();
    assertThat(replay.steps().get(1).difference()).isBetween(0.1, 0.5);
    assertThat(replay.steps().get(0).difference()).isLessThan(RunReplay.TOLERANCE);
    Files.write(steps, List.of(lines.get(1)));
    assertThatThrownBy(() -> RunReplay.of(run, (recorded, own) -> own))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("line 1: step 1 where step 0 must be");
  }

  /** q = N(0, 1), E/kT₀ = a x²/2: log Z(T) = ½ log(2π T/(a T₀)) and the ESS has a closed form. */
  @Test
  void anotherTemperatureScalesTheEnergies() {
    double a = 1.2;
    Random random = new Random(SEED);
    int rows = 200_000;
    double[] logQ = new double[rows];
    double[] logP = new double[rows];
    for (int row = 0; row < rows; row++) {
      double x = random.nextGaussian();
      logQ[row] = -0.5 * x * x - 0.5 * Math.log(2 * Math.PI);
      logP[row] = -0.5 * a * x * x;
    }
    ReplaySettings settings =
        new ReplaySettings(
            new BoundSchedule(
                Double.POSITIVE_INFINITY, EntropyBound.constant(Double.POSITIVE_INFINITY)),
            330,
            300);
    DualFigures figures =
        DualFigures.solve(
            0, new StepDensities("journal", logQ, logP), settings, AnnealingPath.start());
    double b = a * 300 / 330;
    // ∫ w² q = √(1/(2b−1)) · (…); the normalisers cancel in (E w)²/E w².
    double ess = Math.sqrt(2 * b - 1) / b;
    // Five standard errors of a mean of rows whose weights spread little.
    assertThat(figures.logZ()).isCloseTo(0.5 * Math.log(2 * Math.PI / b), within(1e-3));
    assertThat(figures.essTarget()).isCloseTo(ess, within(2e-3));
    assertThat(settings.scale(new double[] {Double.NEGATIVE_INFINITY, -300}))
        .containsExactly(Double.NEGATIVE_INFINITY, -300 * (300.0 / 330));
  }

  @Test
  void nonsenseIsRefused() throws IOException {
    RunConfig config = TinyRun.config(temporary, "target.system=alanine-dipeptide");
    Target molecule = Targets.create("alanine-dipeptide", config.targetSettings());
    ReplaySettings own = ReplaySettings.of(config, 60);
    assertThat(own.withTemperature(310.0, molecule).temperatureK()).isEqualTo(310);
    assertThat(own.withTemperature(null, molecule)).isEqualTo(own);
    for (double kelvin : new double[] {-1, 0, 140, 601, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> own.withTemperature(kelvin, molecule))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("from 150.0 to 600.0 K");
    }
    Target toy = Targets.create("gmm40", config.targetSettings());
    assertThatThrownBy(() -> own.withTemperature(310.0, toy))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("gmm40 has no temperature");
    for (double bound : new double[] {0, -1, Double.NaN}) {
      assertThatThrownBy(() -> own.withBounds(bound, null))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("must be above 0");
    }
  }
}
