package dev.cmt.energy.system;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Names of atoms and the bonds a PDB file spells out (CONECT). Of a file with several models the
 * first counts; coordinates are ignored. Elements must be given, columns 77-78. Alternate
 * locations, insertion codes and more than 99,999 atoms, which residues and bonds could not be told
 * by, are refused.
 *
 * @param atoms in the order of the file
 * @param bonds from CONECT records, each once; a PDB file lists only those of its HETATM residues
 */
public record PdbTopology(List<Atom> atoms, Set<Bond> bonds) {
  private static final int MOST_ATOMS = 99_999;

  public PdbTopology {
    atoms = List.copyOf(atoms);
    bonds = Set.copyOf(bonds);
  }

  /**
   * Reads the text of a PDB file.
   *
   * @throws IllegalArgumentException naming the line that cannot be read
   */
  public static PdbTopology parse(String text) {
    List<Atom> atoms = new ArrayList<>();
    Map<Integer, Integer> indexOfSerial = new HashMap<>();
    Set<Bond> bonds = new LinkedHashSet<>();
    boolean firstModel = true;
    int lineNumber = 0;
    for (String line : text.lines().toList()) {
      lineNumber++;
      String record = columns(line, 1, 6);
      try {
        switch (record) {
          case "ATOM", "HETATM" -> {
            if (firstModel) {
              if (atoms.size() == MOST_ATOMS) {
                throw new IllegalArgumentException(
                    "a PDB file numbers at most %d atoms".formatted(MOST_ATOMS));
              }
              indexOfSerial.put(Integer.parseInt(columns(line, 7, 11)), atoms.size());
              atoms.add(atom(line));
            }
          }
          case "CONECT" -> addBonds(line, indexOfSerial, bonds);
          case "ENDMDL" -> firstModel = false;
          default -> {
            // Crystal, remarks and chain ends say nothing of names or bonds.
          }
        }
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "Line %d of the PDB topology cannot be read (%s): \"%s\"."
                .formatted(lineNumber, e.getMessage(), line),
            e);
      }
    }
    if (atoms.isEmpty()) {
      throw new IllegalArgumentException("The PDB topology has no ATOM or HETATM record.");
    }
    return new PdbTopology(atoms, bonds);
  }

  private static Atom atom(String line) {
    String element = columns(line, 77, 78);
    if (element.isEmpty()) {
      throw new IllegalArgumentException(
          "the element in columns 77-78 is missing; OpenMM's PDBFile writes it");
    }
    char alternate = line.charAt(16);
    if (alternate != ' ' && alternate != 'A') {
      throw new IllegalArgumentException(
          "the atom is an alternate location, %c in column 17; keep one of each atom"
              .formatted(alternate));
    }
    if (line.charAt(26) != ' ') {
      throw new IllegalArgumentException(
          "the residue has an insertion code, %c in column 27; number residues without"
              .formatted(line.charAt(26)));
    }
    String symbol =
        element.substring(0, 1).toUpperCase(Locale.ROOT)
            + element.substring(1).toLowerCase(Locale.ROOT);
    return new Atom(
        columns(line, 13, 16),
        symbol,
        columns(line, 18, 20),
        Integer.parseInt(columns(line, 23, 26)),
        line.charAt(21));
  }

  private static void addBonds(String line, Map<Integer, Integer> indexOfSerial, Set<Bond> bonds) {
    Integer from = indexOfSerial.get(Integer.parseInt(columns(line, 7, 11)));
    for (int column = 12; column <= 27; column += 5) {
      String serial = columns(line, column, column + 4);
      if (serial.isEmpty()) {
        continue;
      }
      Integer to = indexOfSerial.get(Integer.parseInt(serial));
      if (from == null || to == null) {
        throw new IllegalArgumentException("it bonds an atom that the file does not have");
      }
      bonds.add(Bond.of(from, to));
    }
  }

  /** Columns of a record as the PDB format counts them, from 1, both ends included, trimmed. */
  private static String columns(String line, int first, int last) {
    int end = Math.min(last, line.length());
    return end < first ? "" : line.substring(first - 1, end).trim();
  }
}
