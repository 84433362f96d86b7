package dev.cmt.energy.molecule;

import dev.cmt.energy.system.Atom;
import dev.cmt.energy.system.MolecularSystem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A molecule's residues: their atoms by name, and who follows whom along a chain, which is a
 * question of bonds from C to N and not of numbers in a file.
 */
final class Residues {
  private final MolecularSystem system;
  private final BondGraph graph;

  /** In the order of their first atoms. */
  private final List<Map<String, Integer>> residues = new ArrayList<>();

  /** {@code [atoms]} number of the residue. */
  private final int[] residueOf;

  Residues(MolecularSystem system, BondGraph graph) {
    this.system = system;
    this.graph = graph;
    this.residueOf = new int[graph.atoms()];
    Map<List<Object>, Integer> numbers = new HashMap<>();
    for (int n = 0; n < residueOf.length; n++) {
      Atom atom = system.atoms().get(n);
      Integer number =
          numbers.computeIfAbsent(
              List.of(atom.chain(), atom.residueNumber(), atom.residueName()),
              key -> numbers.size());
      if (number == residues.size()) {
        residues.add(new HashMap<>());
      }
      residues.get(number).putIfAbsent(atom.name(), n);
      residueOf[n] = number;
    }
  }

  int count() {
    return residues.size();
  }

  /** Its name, such as {@code ALA}. */
  String name(int residue) {
    int anyAtom = residues.get(residue).values().iterator().next();
    return system.atoms().get(anyAtom).residueName();
  }

  /** Whether it has bonded atoms N, CA and C. */
  boolean isAminoAcid(int residue) {
    int alpha = atom(residue, "CA");
    return alpha >= 0 && isBonded(alpha, atom(residue, "N")) && isBonded(alpha, atom(residue, "C"));
  }

  /**
   * The atom of a name, which may begin with + or −; −1 if there is none. Residues follow each
   * other where C of one is bonded to N of the other.
   */
  int atom(int residue, String name) {
    return switch (name.charAt(0)) {
      case '+' -> atomOfOther(residue, "C", "N", name.substring(1));
      case '-' -> atomOfOther(residue, "N", "C", name.substring(1));
      default -> residues.get(residue).getOrDefault(name, -1);
    };
  }

  /** Atoms of backbones without oxygens, ascending: N, CA, C, C of a cap before, N of one after. */
  Set<Integer> backbone() {
    Set<Integer> backbone = new TreeSet<>();
    for (int residue = 0; residue < residues.size(); residue++) {
      if (isAminoAcid(residue)) {
        for (String name : List.of("-C", "N", "CA", "C", "+N")) {
          int atom = atom(residue, name);
          if (atom >= 0) {
            backbone.add(atom);
          }
        }
      }
    }
    return backbone;
  }

  private int atomOfOther(int residue, String from, String to, String name) {
    int end = residues.get(residue).getOrDefault(from, -1);
    if (end < 0) {
      return -1;
    }
    for (int other : graph.neighbours(end)) {
      if (residueOf[other] != residue && system.atoms().get(other).name().equals(to)) {
        return residues.get(residueOf[other]).getOrDefault(name, -1);
      }
    }
    return -1;
  }

  private boolean isBonded(int a, int b) {
    return b >= 0 && graph.areBonded(a, b);
  }
}
