package dev.cmt.actors.md;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.buffer.RunLockedException;
import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.PotentialEnergies;
import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.RowFailure;
import dev.cmt.energy.io.ConformationFile;
import dev.cmt.energy.io.Conformations;
import dev.cmt.energy.io.NpyFile;
import dev.cmt.energy.kernel.Precision;
import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.MolecularSystem;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimulationTest {
  private static final MolecularSystem MOLECULE = BuiltInSystems.load("alanine-dipeptide");
  private static final List<String> DATA =
      List.of("frames.npy", "energies.npy", "rung_energies.npy", "frames.dcd");

  /** Ladders of three blocks, the last one smaller. */
  private static final int LADDERS = 5;

  @TempDir private Path directory;

  @Test
  void workersStopsAndLengthsDoNotShowInTheResult() throws Exception {
    Path whole = directory.resolve("whole");
    SimulationResult undisturbed = run(settings(1, 1), 12, whole, 1);
    assertThat(undisturbed.isFinished()).isTrue();

    Path stopped = directory.resolve("stopped");
    SimulationResult first = runUntilAdvanced(settings(1, 1), 12, stopped, 8);
    assertThat(first.isStopped()).isTrue();
    assertThat(stopped.resolve("frames.npy")).doesNotExist();
    run(settings(1, 1), 12, stopped, 3);

    Path longer = directory.resolve("longer");
    run(settings(1, 1), 5, longer, 2);
    assertThat(NpyFile.read(longer.resolve("frames.npy")).shape()).containsExactly(25, 22, 3);
    run(settings(1, 1), 12, longer, 2);

    for (String file : DATA) {
      byte[] expected = Files.readAllBytes(whole.resolve(file));
      assertThat(Files.readAllBytes(stopped.resolve(file))).as(file).isEqualTo(expected);
      assertThat(Files.readAllBytes(longer.resolve(file))).as(file).isEqualTo(expected);
    }
    assertThat(Files.readString(stopped.resolve("summary.json")))
        .isEqualTo(Files.readString(whole.resolve("summary.json")));
    Path otherSeed = directory.resolve("other-seed");
    run(settings(2, 1), 12, otherSeed, 2);
    assertThat(Files.readAllBytes(otherSeed.resolve("frames.npy")))
        .isNotEqualTo(Files.readAllBytes(whole.resolve("frames.npy")));
  }

  @Test
  void filesHoldTheFramesOfTheLowestRungsAndTheirEnergies() throws Exception {
    SimulationSummary summary = run(settings(3, 1), 4, directory, 2).summary();

    Conformations frames = ConformationFile.read(directory.resolve("frames.npy"));
    double[] energies = NpyFile.read(directory.resolve("energies.npy")).doubles();
    assertThat(frames.frames()).isEqualTo(4 * LADDERS);
    double[] expected = new double[energies.length];
    try (PotentialEnergy openMm =
        PotentialEnergies.open(MOLECULE, EnergyEngine.OPENMM, OpenMmPlatform.REFERENCE)) {
      openMm.evaluate(
          frames.positionsNm(), expected.length, expected, null, new RowFailure[expected.length]);
    }
    assertThat(energies).containsExactly(expected, within(1e-6));
    assertThat(NpyFile.read(directory.resolve("rung_energies.npy")).shape())
        .containsExactly(4, LADDERS, 8);
    double[] rungs = NpyFile.read(directory.resolve("rung_energies.npy")).doubles();
    for (int row = 0; row < energies.length; row++) {
      // Single precision, and positions that were not rounded.
      assertThat(rungs[8 * row]).isCloseTo(energies[row], within(0.05));
    }
    assertThat(summary.frames()).isEqualTo(20);
    assertThat(summary.rungs()).hasSize(8);
    assertThat(summary.rungs().get(7).acceptance()).isNull();
    // Five ladders of 0.8 ps are just warm: within a few standard errors of 10 K.
    assertThat(summary.rungs().get(0).kineticTemperatureK()).isCloseTo(300, within(60.0));
    assertThat(summary.residues().get(0).name()).isEqualTo("ALA2");
    assertThat(summary.residues().get(0).ramachandran().reference().tv()).isPositive();
    assertThat(Files.readString(directory.resolve("summary.json")))
        .contains("\"ns_at_temperature\"", "\"phi_positive\"", "\"slope_ratio\"")
        .doesNotContain("NaN");
  }

  @Test
  void aDamagedStateBeginsAgainToTheSameEnd() throws Exception {
    run(settings(1, 1), 4, directory, 2);
    byte[] expected = Files.readAllBytes(directory.resolve("frames.npy"));
    Path state = directory.resolve("checkpoints/block-00001.state");
    byte[] bytes = Files.readAllBytes(state);
    bytes[1000] ^= 1;
    Files.write(state, bytes);

    run(settings(1, 1), 4, directory, 2);

    assertThat(Files.readAllBytes(directory.resolve("frames.npy"))).isEqualTo(expected);
  }

  @Test
  void otherSettingsAreRefused() throws Exception {
    run(settings(1, 1), 4, directory, 2);

    assertThatThrownBy(() -> run(settings(2, 1.5), 4, directory, 1))
        .isInstanceOf(SimulationMismatchException.class)
        .hasMessageContaining("seed was 1, is 2")
        .hasMessageContaining("timestep_fs was 1.0, is 1.5");
    assertThatThrownBy(() -> run(settings(1, 1), 3, directory, 1))
        .isInstanceOf(SimulationMismatchException.class)
        .hasMessageContaining("4 frames a ladder already");
    assertThatThrownBy(() -> run(settings(1, 1), 1, directory, 1))
        .hasMessageContaining("at least 2 frames");
    Path other = Files.createDirectory(directory.resolve("other"));
    Files.writeString(other.resolve("notes.txt"), "mine");
    assertThatThrownBy(() -> run(settings(1, 1), 4, other, 1))
        .isInstanceOf(FileAlreadyExistsException.class);
  }

  @Test
  void aSecondProcessIsRefused() throws Exception {
    CountDownLatch tried = new CountDownLatch(1);
    Simulation first =
        Simulation.start(
            MOLECULE,
            settings(1, 1),
            2,
            execution(1),
            directory,
            event -> {
              if (event instanceof SimulationEvent.Started) {
                await(tried);
              }
            });
    try {
      assertThatThrownBy(() -> run(settings(1, 1), 2, directory, 1))
          .isInstanceOf(RunLockedException.class);
    } finally {
      tried.countDown();
    }
    assertThat(result(first).isFinished()).isTrue();
  }

  @Test
  void anExplosionFailsWithItsReason() throws Exception {
    SimulationResult result = run(settings(1, 12), 4, directory, 2);

    assertThat(result.isFinished()).isFalse();
    assertThat(result.failure()).contains("Replica ", "12.0 fs");
  }

  @Test
  void constraintsThatAreNotHandledAreRefusedAtTheDoor() {
    String xml =
        MOLECULE
            .systemXml()
            .replace(
                "<Constraints/>",
                "<Constraints><Constraint d=\"0.1\" p1=\"0\" p2=\"1\"/><Constraint d=\"0.1\" p1=\"1\" p2=\"2\"/><Constraint d=\"0.1\" p1=\"2\" p2=\"3\"/></Constraints>");
    assertThat(xml).isNotEqualTo(MOLECULE.systemXml());
    MolecularSystem chained =
        new MolecularSystem(
            "chained",
            xml,
            MOLECULE.atoms(),
            MOLECULE.bonds(),
            MOLECULE.constraintsNm(),
            MOLECULE.minimizedNm());

    assertThatThrownBy(
            () ->
                Simulation.start(chained, settings(1, 1), 2, execution(1), directory, event -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("chains");
  }

  private static SimulationSettings settings(long seed, double timestepFs) {
    return new SimulationSettings(
        "alanine-dipeptide",
        "",
        seed,
        300,
        900,
        8,
        LADDERS,
        timestepFs,
        1,
        20,
        200,
        400,
        Precision.SINGLE);
  }

  private static Simulation.Execution execution(int workers) {
    return new Simulation.Execution(workers, Duration.ZERO, true);
  }

  private static SimulationResult run(
      SimulationSettings settings, long frames, Path root, int workers) throws Exception {
    return result(
        Simulation.start(MOLECULE, settings, frames, execution(workers), root, event -> {}));
  }

  private static SimulationResult runUntilAdvanced(
      SimulationSettings settings, long frames, Path root, int times) throws Exception {
    Simulation[] simulation = new Simulation[1];
    CountDownLatch started = new CountDownLatch(1);
    AtomicInteger advanced = new AtomicInteger();
    Consumer<SimulationEvent> listener =
        event -> {
          if (event instanceof SimulationEvent.Advanced && advanced.incrementAndGet() == times) {
            await(started);
            simulation[0].stop();
          }
        };
    simulation[0] = Simulation.start(MOLECULE, settings, frames, execution(2), root, listener);
    started.countDown();
    return result(simulation[0]);
  }

  private static SimulationResult result(Simulation simulation) throws Exception {
    return simulation.result().toCompletableFuture().get(2, TimeUnit.MINUTES);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
