package dev.cmt.energy.io;

import dev.cmt.energy.system.Atom;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Coordinates in PDB files, version 3.3: one MODEL a conformation, Å with three decimals, so that
 * what is written is rounded to 0.0001 nm (DCD and NPY keep more).
 */
public final class PdbFile {
  private static final double ANGSTROM_PER_NM = 10;

  private PdbFile() {}

  /**
   * Reads the coordinates of all ATOM and HETATM records of all models; a file without MODEL
   * records is one model.
   *
   * @throws IOException if a line cannot be read, an atom has alternate locations, or the models
   *     differ in their number of atoms
   */
  public static Conformations read(Path file) throws IOException {
    double[] positionsNm = new double[3 * 64];
    int length = 0;
    int atoms = 0;
    int atomsOfModel = 0;
    int lineNumber = 0;
    try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
      String line;
      while ((line = reader.readLine()) != null) {
        lineNumber++;
        if (line.startsWith("ATOM  ") || line.startsWith("HETATM")) {
          if (length + 3 > positionsNm.length) {
            positionsNm = Arrays.copyOf(positionsNm, Math.addExact(length, length));
          }
          readPosition(line, positionsNm, length, file, lineNumber);
          length += 3;
          atomsOfModel++;
        } else if (line.startsWith("ENDMDL")) {
          if (atoms != 0 && atomsOfModel != atoms) {
            throw malformed(
                file,
                lineNumber,
                "a model ends with %d atoms, the first has %d".formatted(atomsOfModel, atoms));
          }
          atoms = atomsOfModel;
          atomsOfModel = 0;
        }
      }
    }
    if (atoms == 0) {
      atoms = atomsOfModel; // no MODEL records
    } else if (atomsOfModel != 0) {
      throw malformed(file, lineNumber, "the file ends within a model");
    }
    if (atoms == 0) {
      throw malformed(file, lineNumber, "there is no ATOM or HETATM record");
    }
    return new Conformations(atoms, Arrays.copyOf(positionsNm, length));
  }

  /**
   * Creates or replaces a file.
   *
   * @param atoms names; as many as the conformations have
   * @throws IllegalArgumentException if a coordinate is not finite or does not fit its column
   *     (-999.999 to 9999.999 Å)
   */
  public static void write(Path file, List<Atom> atoms, Conformations conformations)
      throws IOException {
    if (atoms.size() != conformations.atoms()) {
      throw new IllegalArgumentException(
          "%d atoms were named, but the conformations have %d."
              .formatted(atoms.size(), conformations.atoms()));
    }
    try (BufferedWriter writer = Files.newBufferedWriter(file, StandardCharsets.ISO_8859_1)) {
      int offset = 0;
      for (int frame = 0; frame < conformations.frames(); frame++) {
        writer.write(String.format(Locale.ROOT, "MODEL     %4d\n", (frame + 1) % 10_000));
        for (int i = 0; i < atoms.size(); i++) {
          writer.write(atomLine(atoms.get(i), i, conformations.positionsNm(), offset));
          offset += 3;
        }
        writer.write("ENDMDL\n");
      }
      writer.write("END\n");
    }
  }

  private static String atomLine(Atom atom, int index, double[] positionsNm, int offset) {
    // Names of one-letter elements begin in the second of their four columns.
    String name =
        atom.element().length() == 1 && atom.name().length() < 4 ? " " + atom.name() : atom.name();
    return String.format(
        Locale.ROOT,
        "ATOM  %5d %-4s %3s %c%4d    %s%s%s  1.00  0.00          %2s  \n",
        (index + 1) % 100_000,
        name,
        atom.residueName(),
        atom.chain(),
        atom.residueNumber() % 10_000,
        coordinate(atom, positionsNm[offset]),
        coordinate(atom, positionsNm[offset + 1]),
        coordinate(atom, positionsNm[offset + 2]),
        atom.element().toUpperCase(Locale.ROOT));
  }

  private static String coordinate(Atom atom, double nm) {
    String text = String.format(Locale.ROOT, "%8.3f", ANGSTROM_PER_NM * nm);
    if (!Double.isFinite(nm) || text.length() > 8) {
      throw new IllegalArgumentException(
          "A coordinate (%s nm) of atom %s of %s does not fit into a PDB file."
              .formatted(nm, atom.name(), atom.residue()));
    }
    return text;
  }

  private static void readPosition(
      String line, double[] positionsNm, int offset, Path file, int lineNumber) throws IOException {
    if (line.length() < 54) {
      throw malformed(
          file, lineNumber, "an atom's line ends before its coordinates do (column 54)");
    }
    char alternate = line.charAt(16);
    if (alternate != ' ' && alternate != 'A') {
      throw malformed(
          file, lineNumber, "an atom has an alternate location (%c)".formatted(alternate));
    }
    for (int axis = 0; axis < 3; axis++) {
      String text = line.substring(30 + 8 * axis, 38 + 8 * axis).strip();
      double angstrom;
      try {
        angstrom = Double.parseDouble(text);
      } catch (NumberFormatException e) {
        throw malformed(file, lineNumber, "\"%s\" is no coordinate".formatted(text));
      }
      if (!Double.isFinite(angstrom)) {
        throw malformed(file, lineNumber, "a coordinate is %s".formatted(text));
      }
      positionsNm[offset + axis] = angstrom / ANGSTROM_PER_NM;
    }
  }

  private static IOException malformed(Path file, int lineNumber, String what) {
    return new IOException("%s cannot be read: line %d: %s.".formatted(file, lineNumber, what));
  }
}
