package dev.cmt.actors.cluster;

import dev.cmt.actors.config.RunConfig;
import dev.cmt.actors.config.TargetDirectory;
import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.Target;
import dev.cmt.energy.TargetSettings;
import dev.cmt.energy.Targets;
import dev.cmt.energy.openmm.OpenMmPlatform;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that a node needs to know of a run's target, so that it needs no config and no files of its
 * own. Built-in systems lie in the energy room, whose fingerprint both sides compare; an imported
 * molecule travels whole, and the node computes its SHA-256 again.
 *
 * @param system name of the system
 * @param files text of each of an imported molecule's files by name; empty for a built-in system
 * @param sha256 of those files, in hex; empty for a built-in system
 * @param temperatureK K
 * @param energyCutKt reduced energy (kT) above which a logarithm continues it
 * @param energyMaxKt cap of reduced energies (kT)
 * @param engine who computes energies
 * @param platform OpenMM's platform, where OpenMM computes
 */
public record TargetSpec(
    String system,
    Map<String, String> files,
    String sha256,
    double temperatureK,
    double energyCutKt,
    double energyMaxKt,
    EnergyEngine engine,
    OpenMmPlatform platform) {
  private static final List<String> FILES =
      List.of(
          TargetDirectory.MANIFEST,
          TargetDirectory.SYSTEM,
          TargetDirectory.TOPOLOGY,
          TargetDirectory.MINIMIZED,
          TargetDirectory.Z_MATRIX);

  /** What fits into a frame with room to spare. */
  private static final long MOST_CHARACTERS = 8L << 20;

  /**
   * The target of a run.
   *
   * @throws IllegalArgumentException if an imported molecule is too large to be sent to nodes
   */
  public static TargetSpec of(RunConfig config) {
    Map<String, String> files = new LinkedHashMap<>();
    config
        .target()
        .directory()
        .ifPresent(directory -> FILES.forEach(name -> files.put(name, read(directory, name))));
    long characters = files.values().stream().mapToLong(String::length).sum();
    if (characters > MOST_CHARACTERS) {
      throw new IllegalArgumentException(
          "The files of %s have %d characters; nodes of a cluster take at most %d."
              .formatted(config.target().system(), characters, MOST_CHARACTERS));
    }
    return new TargetSpec(
        config.target().system(),
        files,
        config.target().sha256(),
        config.target().temperatureK(),
        config.target().energyCutKt(),
        config.target().energyMaxKt(),
        config.energy().engine(),
        config.energy().platform());
  }

  private static String read(Path directory, String name) {
    try {
      return Files.readString(directory.resolve(name), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read %s of %s.".formatted(name, directory), e);
    }
  }

  /**
   * Makes the target.
   *
   * @throws IllegalArgumentException if an imported molecule's files are not those of the run
   */
  public Target open() {
    TargetSettings settings =
        new TargetSettings(temperatureK, energyCutKt, energyMaxKt, engine, platform);
    if (files.isEmpty()) {
      return Targets.create(system, settings);
    }
    try {
      Path directory = Files.createTempDirectory("cmt-target-");
      try {
        for (String name : FILES) {
          Files.writeString(directory.resolve(name), files.get(name), StandardCharsets.UTF_8);
        }
        TargetDirectory molecule = TargetDirectory.load(directory);
        if (!molecule.sha256().equals(sha256)) {
          throw new IllegalArgumentException(
              "The molecule %s arrived with SHA-256 %s; the run's has %s."
                  .formatted(system, molecule.sha256(), sha256));
        }
        return molecule.target(settings);
      } finally {
        for (String name : FILES) {
          Files.deleteIfExists(directory.resolve(name));
        }
        Files.delete(directory);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot unpack the molecule %s.".formatted(system), e);
    }
  }

  /** Without the files. */
  @Override
  public String toString() {
    return "%s at %s K%s"
        .formatted(
            system, temperatureK, sha256.isEmpty() ? "" : " (SHA-256 %.12s…)".formatted(sha256));
  }
}
