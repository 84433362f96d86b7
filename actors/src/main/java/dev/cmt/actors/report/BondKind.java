package dev.cmt.actors.report;

import dev.cmt.energy.system.Bond;
import dev.cmt.energy.system.MolecularSystem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The bonds of a molecule between atoms of the same two elements whose lengths are free.
 *
 * @param label such as {@code C–N}
 * @param bonds whose lengths no constraint fixes
 */
public record BondKind(String label, List<Bond> bonds) {
  public BondKind {
    bonds = List.copyOf(bonds);
  }

  /** All kinds of a molecule, by their labels. */
  static List<BondKind> of(MolecularSystem system) {
    Map<String, List<Bond>> kinds = new TreeMap<>();
    for (Bond bond : system.bonds()) {
      if (!system.constraintsNm().containsKey(bond)) {
        String first = system.atoms().get(bond.first()).element();
        String second = system.atoms().get(bond.second()).element();
        kinds.computeIfAbsent(label(first, second), key -> new ArrayList<>()).add(bond);
      }
    }
    return kinds.entrySet().stream()
        .map(kind -> new BondKind(kind.getKey(), kind.getValue()))
        .toList();
  }

  /** In the order of the alphabet, hydrogen last: N–H. */
  private static String label(String first, String second) {
    boolean swapped = first.equals("H") || (!second.equals("H") && first.compareTo(second) > 0);
    return swapped ? second + "–" + first : first + "–" + second;
  }

  /**
   * {@code [bonds][rows]} lengths, nm.
   *
   * @param positionsNm {@code [rows][3 × atoms]} row-major
   */
  double[][] measure(float[] positionsNm, int rows) {
    int width = rows == 0 ? 0 : positionsNm.length / rows;
    double[][] lengths = new double[bonds.size()][rows];
    for (int b = 0; b < bonds.size(); b++) {
      for (int row = 0; row < rows; row++) {
        int i = row * width + 3 * bonds.get(b).first();
        int j = row * width + 3 * bonds.get(b).second();
        double x = positionsNm[i] - positionsNm[j];
        double y = positionsNm[i + 1] - positionsNm[j + 1];
        double z = positionsNm[i + 2] - positionsNm[j + 2];
        lengths[b][row] = Math.sqrt(x * x + y * y + z * z);
      }
    }
    return lengths;
  }
}
