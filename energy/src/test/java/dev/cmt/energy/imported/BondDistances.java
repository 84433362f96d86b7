package dev.cmt.energy.imported;

import dev.cmt.energy.system.Bond;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/** How many bonds lie between two atoms, counted along the shortest way. */
final class BondDistances {
  private final int[][] apart;

  BondDistances(int atoms, List<Bond> bonds) {
    List<List<Integer>> neighbours = new ArrayList<>();
    for (int n = 0; n < atoms; n++) {
      neighbours.add(new ArrayList<>());
    }
    for (Bond bond : bonds) {
      neighbours.get(bond.first()).add(bond.second());
      neighbours.get(bond.second()).add(bond.first());
    }
    apart = new int[atoms][atoms];
    for (int from = 0; from < atoms; from++) {
      Arrays.fill(apart[from], Integer.MAX_VALUE);
      apart[from][from] = 0;
      Deque<Integer> open = new ArrayDeque<>(List.of(from));
      while (!open.isEmpty()) {
        int atom = open.remove();
        for (int next : neighbours.get(atom)) {
          if (apart[from][next] == Integer.MAX_VALUE) {
            apart[from][next] = apart[from][atom] + 1;
            open.add(next);
          }
        }
      }
    }
  }

  List<Bond> pairs(int distance) {
    List<Bond> pairs = new ArrayList<>();
    for (int i = 0; i < apart.length; i++) {
      for (int j = i + 1; j < apart.length; j++) {
        if (apart[i][j] == distance) {
          pairs.add(new Bond(i, j));
        }
      }
    }
    return pairs;
  }

  List<Bond> pairsUpTo(int distance) {
    List<Bond> pairs = new ArrayList<>();
    for (int d = 1; d <= distance; d++) {
      pairs.addAll(pairs(d));
    }
    return pairs;
  }
}
