package dev.cmt.energy.molecule;

import dev.cmt.energy.system.Bond;
import dev.cmt.energy.system.MolecularSystem;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Which atoms of a molecule are bonded. Immutable. */
final class BondGraph {
  private final MolecularSystem system;
  private final int[][] neighbours;

  BondGraph(MolecularSystem system) {
    this.system = system;
    List<List<Integer>> lists = new ArrayList<>();
    system.atoms().forEach(atom -> lists.add(new ArrayList<>()));
    for (Bond bond : system.bonds()) {
      lists.get(bond.first()).add(bond.second());
      lists.get(bond.second()).add(bond.first());
    }
    this.neighbours =
        lists.stream()
            .map(list -> list.stream().sorted().mapToInt(Integer::intValue).toArray())
            .toArray(int[][]::new);
  }

  int atoms() {
    return neighbours.length;
  }

  /** Numbers of the atoms bonded to {@code atom}, ascending. */
  int[] neighbours(int atom) {
    return neighbours[atom].clone();
  }

  boolean areBonded(int a, int b) {
    return Arrays.binarySearch(neighbours[a], b) >= 0;
  }

  /** The atom of a name bonded to {@code atom}, the first if there are several; −1 if none is. */
  int neighbourNamed(int atom, String name) {
    return Arrays.stream(neighbours[atom])
        .filter(other -> system.atoms().get(other).name().equals(name))
        .findFirst()
        .orElse(-1);
  }

  /** Atoms that bonds join, ascending, for each separate piece; pieces by their first atom. */
  List<List<Integer>> pieces() {
    boolean[] seen = new boolean[neighbours.length];
    List<List<Integer>> pieces = new ArrayList<>();
    for (int first = 0; first < neighbours.length; first++) {
      if (seen[first]) {
        continue;
      }
      List<Integer> piece = new ArrayList<>();
      Deque<Integer> open = new ArrayDeque<>(List.of(first));
      seen[first] = true;
      while (!open.isEmpty()) {
        int atom = open.remove();
        piece.add(atom);
        for (int other : neighbours[atom]) {
          if (!seen[other]) {
            seen[other] = true;
            open.add(other);
          }
        }
      }
      piece.sort(null);
      pieces.add(List.copyOf(piece));
    }
    return List.copyOf(pieces);
  }

  /**
   * Numbers that are equal for atoms with equal surroundings: elements, refined by the neighbours'
   * numbers until nothing changes (Morgan, 1965; Weisfeiler and Leman, 1968). Mirror images are not
   * told apart, and few very symmetric graphs not either.
   */
  int[] surroundings() {
    int[] classes = new int[neighbours.length];
    int count = 0;
    for (boolean refined = true; refined; ) {
      Map<List<Object>, Integer> numbers = new HashMap<>();
      int[] next = new int[classes.length];
      for (int atom = 0; atom < classes.length; atom++) {
        int[] around = Arrays.stream(neighbours[atom]).map(other -> classes[other]).toArray();
        Arrays.sort(around);
        List<Object> key =
            List.of(
                classes[atom],
                system.atoms().get(atom).element(),
                Arrays.stream(around).boxed().toList());
        Integer number = numbers.putIfAbsent(key, numbers.size());
        next[atom] = number == null ? numbers.size() - 1 : number;
      }
      refined = numbers.size() > count;
      count = numbers.size();
      System.arraycopy(next, 0, classes, 0, next.length);
    }
    return classes;
  }
}
