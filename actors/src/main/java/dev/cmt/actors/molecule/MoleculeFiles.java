package dev.cmt.actors.molecule;

import dev.cmt.energy.io.ConformationFile;
import dev.cmt.energy.io.Conformations;
import dev.cmt.energy.io.PdbFile;
import dev.cmt.energy.system.AmberCoordinates;
import dev.cmt.energy.system.AmberPrmtop;
import dev.cmt.energy.system.AmberSystem;
import dev.cmt.energy.system.ImplicitSolvent;
import dev.cmt.energy.system.PdbTopology;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * A molecule as a user has it, read and brought into one form.
 *
 * @param systemXml as OpenMM's XmlSerializer writes it
 * @param topologyPdb atoms in the order of the System's particles
 * @param startNm {@code [atoms][3]} a conformation
 * @param sources the files it was read from
 */
public record MoleculeFiles(
    String systemXml, String topologyPdb, double[] startNm, List<Path> sources) {
  /** Checks that nothing is missing. */
  public MoleculeFiles {
    Objects.requireNonNull(systemXml, "systemXml");
    Objects.requireNonNull(topologyPdb, "topologyPdb");
    Objects.requireNonNull(startNm, "startNm");
    sources = List.copyOf(sources);
  }

  /**
   * Reads what OpenMM's XmlSerializer and PDBFile wrote.
   *
   * @param positions of the start, the first if there are several; may be the topology itself
   * @throws IllegalArgumentException naming the file that cannot be used, and why
   * @throws IOException if one cannot be read
   */
  public static MoleculeFiles ofOpenMm(Path system, Path topology, Path positions)
      throws IOException {
    String pdb = Files.readString(topology, StandardCharsets.ISO_8859_1);
    int atoms = naming(topology, () -> PdbTopology.parse(pdb).atoms().size());
    Conformations conformations;
    try {
      conformations = ConformationFile.read(positions);
    } catch (java.nio.file.FileSystemException e) {
      throw e;
    } catch (IOException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    if (conformations.atoms() != atoms || conformations.frames() < 1) {
      throw new IllegalArgumentException(
          "%s has conformations of %d atoms, but %s has %d atoms."
              .formatted(positions, conformations.atoms(), topology, atoms));
    }
    return new MoleculeFiles(
        Files.readString(system),
        pdb,
        Arrays.copyOf(conformations.positionsNm(), 3 * atoms),
        positions.equals(topology)
            ? List.of(system, topology)
            : List.of(system, topology, positions));
  }

  /**
   * Reads AMBER's files and makes the System.
   *
   * @param constrainHydrogens whether bonds with a hydrogen keep their length
   * @throws IllegalArgumentException naming the file that cannot be used, and why
   * @throws IOException if one cannot be read
   */
  public static MoleculeFiles ofAmber(
      Path prmtop, Path inpcrd, ImplicitSolvent solvent, boolean constrainHydrogens)
      throws IOException {
    String text = Files.readString(prmtop, StandardCharsets.ISO_8859_1);
    String coordinates = Files.readString(inpcrd, StandardCharsets.ISO_8859_1);
    AmberPrmtop amber = naming(prmtop, () -> AmberPrmtop.parse(text));
    double[] start =
        naming(inpcrd, () -> AmberCoordinates.parse(coordinates, amber.atoms().size()));
    String xml = naming(prmtop, () -> AmberSystem.xml(amber, solvent, constrainHydrogens));
    Path pdb = Files.createTempFile("topology", ".pdb");
    try {
      PdbFile.write(pdb, amber.atoms(), new Conformations(amber.atoms().size(), start));
      return new MoleculeFiles(
          xml, Files.readString(pdb, StandardCharsets.ISO_8859_1), start, List.of(prmtop, inpcrd));
    } finally {
      Files.delete(pdb);
    }
  }

  private interface Reading<T> {
    T read();
  }

  private static <T> T naming(Path file, Reading<T> reading) {
    try {
      return reading.read();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("%s: %s".formatted(file, e.getMessage()), e);
    }
  }
}
