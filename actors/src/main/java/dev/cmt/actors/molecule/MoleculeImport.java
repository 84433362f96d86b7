package dev.cmt.actors.molecule;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cmt.actors.config.ProductVersion;
import dev.cmt.actors.config.TargetDirectory;
import dev.cmt.energy.PotentialEnergies;
import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.TargetSettings;
import dev.cmt.energy.molecule.EnergyMinimizer;
import dev.cmt.energy.molecule.MirrorImages;
import dev.cmt.energy.molecule.MolecularTarget;
import dev.cmt.energy.molecule.ZMatrix;
import dev.cmt.energy.molecule.ZMatrixBuilder;
import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.energy.system.MolecularSystem;
import dev.cmt.energy.system.PdbTopology;
import dev.cmt.energy.system.SystemObstacles;
import dev.cmt.energy.validation.TargetValidation;
import dev.cmt.energy.validation.ValidationCheck;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Makes a target of a molecule and writes its directory.
 *
 * @param name what configs, logs and reports call the molecule
 * @param target the molecule at its minimum, with its coordinates
 * @param minimum how the minimum was found
 * @param validation what was checked
 */
public record MoleculeImport(
    String name,
    MolecularTarget target,
    EnergyMinimizer.Minimum minimum,
    TargetValidation validation) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Random conformations of the validation; the same report for the same molecule. */
  private static final long SEED = 1;

  /**
   * Does all but writing.
   *
   * @param settings temperature and engine of the target
   * @param limits of the minimisation
   * @throws IllegalArgumentException if the molecule cannot be a target, with every reason, or it
   *     starts from a conformation without energy
   * @throws IllegalStateException if its energy could not be minimised within the limits
   * @throws dev.cmt.energy.EnergyUnavailableException if no engine here can compute its energy
   */
  public static MoleculeImport of(
      String name, MoleculeFiles files, TargetSettings settings, EnergyMinimizer.Limits limits) {
    List<String> obstacles =
        SystemObstacles.of(files.systemXml(), PdbTopology.parse(files.topologyPdb()));
    if (!obstacles.isEmpty()) {
      throw new IllegalArgumentException(
          "%s cannot be a target:%n  %s".formatted(name, String.join("\n  ", obstacles)));
    }
    MolecularSystem start =
        MolecularSystem.of(name, files.systemXml(), files.topologyPdb(), files.startNm());
    EnergyMinimizer.Minimum minimum;
    try (PotentialEnergy energy = open(start, settings)) {
      minimum = EnergyMinimizer.minimize(start, energy, files.startNm(), limits);
    }
    MolecularSystem system = start.withMinimized(minimum.positionsNm());
    requireSameForm(start, system);
    MolecularTarget target = new MolecularTarget(system, ZMatrixBuilder.build(system), settings);
    return new MoleculeImport(
        name, target, minimum, TargetValidation.of(target, minimum, limits, SEED));
  }

  /** Forces in double precision; OpenMM's CPU platform has not enough digits for a minimum. */
  private static PotentialEnergy open(MolecularSystem system, TargetSettings settings) {
    return PotentialEnergies.open(system, settings.engine(), OpenMmPlatform.REFERENCE);
  }

  private static void requireSameForm(MolecularSystem start, MolecularSystem minimized) {
    List<String> turned = MirrorImages.between(start, minimized);
    if (!turned.isEmpty()) {
      throw new IllegalArgumentException(
          "Minimising %s turned %s into the mirror image; the conformation it starts from is too strained. Give a better one."
              .formatted(start.name(), String.join(", ", turned)));
    }
  }

  /**
   * Writes the directory under a temporary name and moves it to its place; directories above it are
   * made where they are missing.
   *
   * @param directory that does not exist, or is empty
   * @param files what the molecule was made of
   * @throws IOException if it cannot be written
   */
  public void write(Path directory, MoleculeFiles files) throws IOException {
    Path parent = directory.toAbsolutePath().getParent();
    Path temporary =
        parent.resolve(
            ".importing-%d-%s".formatted(ProcessHandle.current().pid(), directory.getFileName()));
    Files.createDirectories(parent);
    Files.createDirectory(temporary);
    try {
      fill(temporary, files);
      force(temporary);
      Files.deleteIfExists(directory); // an empty one
      Files.move(temporary, directory, StandardCopyOption.ATOMIC_MOVE);
      forceFile(parent);
    } finally {
      if (Files.exists(temporary)) {
        try (Stream<Path> left = Files.list(temporary)) {
          for (Path file : left.toList()) {
            Files.delete(file);
          }
        }
        Files.delete(temporary);
      }
    }
  }

  private static void force(Path directory) throws IOException {
    try (Stream<Path> written = Files.list(directory)) {
      for (Path file : written.toList()) {
        forceFile(file);
      }
    }
    forceFile(directory);
  }

  /** Of a directory, its entries. */
  private static void forceFile(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private void fill(Path directory, MoleculeFiles files) throws IOException {
    Files.writeString(directory.resolve(TargetDirectory.SYSTEM), files.systemXml());
    Files.writeString(
        directory.resolve(TargetDirectory.TOPOLOGY), files.topologyPdb(), StandardCharsets.UTF_8);
    Files.writeString(directory.resolve(TargetDirectory.MINIMIZED), minimizedText());
    Files.writeString(directory.resolve(TargetDirectory.Z_MATRIX), zMatrixText());
    TargetDirectory.writeManifest(directory, name, validation.passed(), about(files));
    Files.writeString(directory.resolve("validation.txt"), ValidationText.of(this));
    Files.writeString(directory.resolve("validation.html"), ValidationPage.of(this));
    if (validation.passed()) {
      Files.writeString(directory.resolve("train.conf"), StarterConfig.of(this));
    }
  }

  private String minimizedText() {
    double[] x = target.system().minimizedNm();
    StringBuilder text = new StringBuilder();
    for (int n = 0; n < x.length; n += 3) {
      // Double.toString gives as many digits as the number needs to be read back the same.
      text.append(x[n]).append(' ').append(x[n + 1]).append(' ').append(x[n + 2]).append('\n');
    }
    return text.toString();
  }

  private String zMatrixText() {
    ZMatrix zMatrix = target.zMatrix();
    StringBuilder text =
        new StringBuilder("# atom, placed at a distance from, an angle with, a torsion with\n");
    int[][] frame = {
      {zMatrix.seed(0), -1, -1, -1},
      {zMatrix.seed(1), zMatrix.seed(0), -1, -1},
      {zMatrix.seed(2), zMatrix.seed(1), zMatrix.seed(0), -1}
    };
    for (int[] row : frame) {
      appendRow(text, row);
    }
    for (int n = 0; n < zMatrix.rowCount(); n++) {
      appendRow(text, zMatrix.row(n));
    }
    return text.toString();
  }

  private void appendRow(StringBuilder text, int[] row) {
    text.append(
        String.format(
            Locale.ROOT,
            "%d %d %d %d # %s%n",
            row[0],
            row[1],
            row[2],
            row[3],
            target.system().label(row[0])));
  }

  private ObjectNode about(MoleculeFiles files) {
    ObjectNode about = JSON.createObjectNode();
    about.put("created", Instant.now().toString());
    about.put("cmt", ProductVersion.current());
    ArrayNode sources = about.putArray("sources");
    files.sources().forEach(source -> sources.add(source.getFileName().toString()));
    about.put("atoms", target.system().atoms().size());
    about.put("constraints", target.system().constraintsNm().size());
    about.put("dimension", target.dimension());
    about.put("energy_kj_per_mol", minimum.energyKjPerMol());
    about.put("force_kj_per_mol_nm", minimum.forceKjPerMolNm());
    ArrayNode bounded = about.putArray("bounded");
    validation
        .bounded()
        .forEach(
            torsion ->
                bounded
                    .addObject()
                    .put("torsion", torsion.torsion())
                    .put("coordinate", torsion.coordinate())
                    .put("range", torsion.range().name().toLowerCase(Locale.ROOT))
                    .put("because", torsion.because()));
    ArrayNode checks = about.putArray("validation");
    for (ValidationCheck check : validation.checks()) {
      checks
          .addObject()
          .put("check", check.name())
          .put("verdict", check.verdict().name().toLowerCase(Locale.ROOT))
          .put("finding", check.finding());
    }
    return about;
  }
}
