package dev.cmt.energy.molecule;

import dev.cmt.energy.system.MolecularSystem;
import java.util.ArrayList;
import java.util.List;

/** Tells whether a conformation has a centre the other way round than another one. */
public final class MirrorImages {
  private MirrorImages() {}

  /**
   * Atoms with four neighbours about which two conformations of a molecule are mirror images.
   *
   * @return their labels; empty if there are none
   */
  public static List<String> between(MolecularSystem before, MolecularSystem after) {
    double[] x = before.minimizedNm();
    double[] y = after.minimizedNm();
    List<String> turned = new ArrayList<>();
    for (int centre = 0; centre < before.atoms().size(); centre++) {
      List<Integer> around = before.neighbours(centre);
      if (around.size() == 4 && handedness(x, centre, around) * handedness(y, centre, around) < 0) {
        turned.add(before.label(centre));
      }
    }
    return List.copyOf(turned);
  }

  private static double handedness(double[] x, int centre, List<Integer> around) {
    return Geometry.handedness(x, 0, centre, around.get(0), around.get(1), around.get(2));
  }
}
