package dev.cmt.actors.cli;

import dev.cmt.actors.config.TargetDirectory;
import dev.cmt.energy.io.Conformations;
import dev.cmt.energy.io.PdbFile;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.MolecularSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/** A molecule as a command line names it. */
final class MoleculeArgument {
  private MoleculeArgument() {}

  /**
   * Loads a molecule.
   *
   * @param system name of a built-in molecule, an imported directory, or a system.xml
   * @param topology of a system.xml; its first conformation is taken for the minimised one
   * @throws CommandException if there is no such molecule, or its files cannot be used
   */
  static MolecularSystem load(String system, Path topology) throws IOException {
    if (BuiltInSystems.names().contains(system)) {
      if (topology != null) {
        throw CommandException.wrongUse(
            "--topology is for a system.xml; %s has its own.".formatted(system), null);
      }
      return BuiltInSystems.load(system);
    }
    Path file = Path.of(system);
    if (Files.isDirectory(file)) {
      try {
        return TargetDirectory.load(file).system();
      } catch (IllegalArgumentException e) {
        throw CommandException.wrongUse("The directory %s %s.".formatted(file, e.getMessage()), e);
      }
    }
    if (!Files.isRegularFile(file)) {
      throw CommandException.wrongUse(
          "%s is neither a file nor a directory nor a built-in molecule; there are %s."
              .formatted(system, String.join(", ", BuiltInSystems.names())),
          null);
    }
    if (topology == null) {
      throw CommandException.wrongUse(
          "%s needs a --topology: the PDB file with its atoms and a conformation to start from."
              .formatted(system),
          null);
    }
    Conformations conformations = PdbFile.read(topology);
    String start =
        Arrays.stream(conformations.positionsNm(), 0, 3 * conformations.atoms())
            .mapToObj(Double::toString)
            .collect(Collectors.joining(" "));
    try {
      return MolecularSystem.parse(
          file.getFileName().toString(), Files.readString(file), Files.readString(topology), start);
    } catch (IllegalArgumentException e) {
      throw CommandException.wrongUse(
          "%s with %s: %s".formatted(system, topology, e.getMessage()), e);
    }
  }
}
