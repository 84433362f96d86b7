package dev.cmt.actors.cli;

import dev.cmt.actors.config.TargetDirectory;
import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.PotentialEnergies;
import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.RowFailure;
import dev.cmt.energy.io.ConformationFile;
import dev.cmt.energy.io.Conformations;
import dev.cmt.energy.io.NpyArray;
import dev.cmt.energy.io.NpyFile;
import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.PdbTopology;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Computes the energies of given conformations. */
@Command(
    name = "energy",
    description = {
      "Computes energies (kJ/mol) of given conformations.",
      "",
      "Conformations that have no energy get NaN and are counted by reason.",
      ""
    },
    footer = {
      "  ./cmt energy --system alanine-dipeptide --positions samples.npy -o energies.npy",
      "  ./cmt energy --system system.xml --topology top.pdb --positions traj.dcd \\",
      "      --engine openmm --forces forces.npy -o energies.csv"
    })
final class EnergyCommand implements Callable<Integer> {
  private static final int BATCH = 1000;

  @Option(
      names = "--system",
      required = true,
      paramLabel = "S",
      description = "Name of a built-in molecule, a directory of ./cmt import, or a system.xml.")
  private String system;

  @Option(
      names = "--topology",
      paramLabel = "T.pdb",
      description = "Atoms of a system.xml; checked against its particles.")
  private Path topology;

  @Option(
      names = "--positions",
      required = true,
      paramLabel = "FILE",
      description =
          "Conformations: .npy (nm, n × atoms × 3), .npz as sample writes it, .dcd or .pdb.")
  private Path positions;

  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      description = "${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}.")
  private EnergyEngine engine = EnergyEngine.AUTO;

  @Option(
      names = "--platform",
      paramLabel = "PLATFORM",
      description = "OpenMM's platform: ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}.")
  private OpenMmPlatform platform = OpenMmPlatform.AUTO;

  @Option(
      names = "--forces",
      paramLabel = "FILE",
      description = "Also write forces (kJ/mol/nm, n × atoms × 3, float64) to this .npy file.")
  private Path forces;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "Energies (kJ/mol, float64): .npy of shape n, or .csv.")
  private Path output;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    requireSuffix(output, List.of(".npy", ".csv"));
    WholeFile.requireWritable(output);
    if (forces != null) {
      requireSuffix(forces, List.of(".npy"));
      WholeFile.requireWritable(forces);
    }
    String systemXml = systemXml();
    Conformations conformations = conformations();
    try (PotentialEnergy energy = open(systemXml)) {
      requireAtoms(energy.atoms(), conformations);
      evaluate(energy, conformations);
    }
    return ExitCode.SUCCESS;
  }

  private void evaluate(PotentialEnergy energy, Conformations conformations) throws IOException {
    int frames = conformations.frames();
    int row = 3 * conformations.atoms();
    double[] energies = new double[frames];
    double[] allForces = forces == null ? null : new double[Math.multiplyExact(frames, row)];
    Map<RowFailure, Integer> failures = new EnumMap<>(RowFailure.class);
    for (int first = 0; first < frames; first += BATCH) {
      int rows = Math.min(BATCH, frames - first);
      double[] batch =
          Arrays.copyOfRange(conformations.positionsNm(), first * row, (first + rows) * row);
      double[] batchEnergies = new double[rows];
      double[] batchForces = forces == null ? null : new double[rows * row];
      RowFailure[] batchFailures = new RowFailure[rows];
      energy.evaluate(batch, rows, batchEnergies, batchForces, batchFailures);
      System.arraycopy(batchEnergies, 0, energies, first, rows);
      if (allForces != null) {
        System.arraycopy(batchForces, 0, allForces, first * row, rows * row);
      }
      for (RowFailure failure : batchFailures) {
        failures.merge(failure, 1, Integer::sum);
      }
    }
    if (forces != null) {
      WholeFile.write(
          forces,
          file -> NpyFile.write(file, NpyArray.of(allForces, frames, conformations.atoms(), 3)));
    }
    WholeFile.write(output, file -> writeEnergies(file, energies));
    tell(energy.engineDescription(), frames, failures);
  }

  private void writeEnergies(Path file, double[] energies) throws IOException {
    if (WholeFile.suffix(output).equals(".npy")) {
      NpyFile.write(file, NpyArray.of(energies, energies.length));
      return;
    }
    try (BufferedWriter csv = Files.newBufferedWriter(file)) {
      csv.write("conformation,energy_kj_per_mol\n");
      for (int i = 0; i < energies.length; i++) {
        csv.write(i + "," + energies[i] + "\n");
      }
    }
  }

  private void tell(String description, int frames, Map<RowFailure, Integer> failures) {
    PrintWriter out = spec.commandLine().getOut();
    failures.remove(RowFailure.NONE);
    out.printf("%s: %d energies by %s%n", output, frames, description);
    failures.forEach(
        (reason, count) ->
            spec.commandLine()
                .getErr()
                .printf("cmt: %d of %d conformations have no energy: %s%n", count, frames, reason));
  }

  private String systemXml() throws IOException {
    if (BuiltInSystems.names().contains(system)) {
      if (topology != null) {
        throw CommandException.wrongUse(
            "--topology is for a system.xml; %s has its own.".formatted(system), null);
      }
      return BuiltInSystems.load(system).systemXml();
    }
    Path file = Path.of(system);
    if (Files.isDirectory(file)) {
      return imported(file);
    }
    if (!Files.isRegularFile(file)) {
      throw CommandException.wrongUse(
          "--system %s is neither a file nor a built-in molecule; there are %s."
              .formatted(system, String.join(", ", BuiltInSystems.names())),
          null);
    }
    return Files.readString(file);
  }

  private String imported(Path directory) throws IOException {
    if (topology != null) {
      throw CommandException.wrongUse(
          "--topology is for a system.xml; %s has its own.".formatted(directory), null);
    }
    try {
      return TargetDirectory.load(directory).system().systemXml();
    } catch (IllegalArgumentException e) {
      throw CommandException.wrongUse("--system %s %s.".formatted(directory, e.getMessage()), e);
    }
  }

  private Conformations conformations() throws IOException {
    requireSuffix(positions, ConformationFile.SUFFIXES);
    try {
      return ConformationFile.read(positions);
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) {
      throw CommandException.wrongUse(e.getMessage(), e);
    }
  }

  private PotentialEnergy open(String systemXml) {
    try {
      return PotentialEnergies.open(systemXml, engine, platform);
    } catch (IllegalArgumentException e) {
      throw CommandException.wrongUse("--system %s: %s".formatted(system, e.getMessage()), e);
    }
  }

  private void requireAtoms(int atoms, Conformations conformations) throws IOException {
    if (topology != null) {
      int named = topologyAtoms();
      if (named != atoms) {
        throw CommandException.wrongUse(
            "%s has %d atoms, but %s has %d particles.".formatted(topology, named, system, atoms),
            null);
      }
    }
    if (conformations.atoms() != atoms) {
      throw CommandException.wrongUse(
          "The conformations of %s have %d atoms, but %s has %d."
              .formatted(positions, conformations.atoms(), system, atoms),
          null);
    }
  }

  private int topologyAtoms() throws IOException {
    try {
      return PdbTopology.parse(Files.readString(topology)).atoms().size();
    } catch (IllegalArgumentException e) {
      throw CommandException.wrongUse("%s: %s".formatted(topology, e.getMessage()), e);
    }
  }

  private static void requireSuffix(Path file, List<String> suffixes) {
    if (!suffixes.contains(WholeFile.suffix(file))) {
      throw CommandException.wrongUse(
          "%s must end in %s.".formatted(file, String.join(" or ", suffixes)), null);
    }
  }
}
