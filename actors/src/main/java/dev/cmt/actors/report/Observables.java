package dev.cmt.actors.report;

import dev.cmt.energy.Target;
import dev.cmt.energy.molecule.BackboneTorsions;
import dev.cmt.energy.molecule.MolecularTarget;
import dev.cmt.energy.molecule.RotatableBond;
import dev.cmt.energy.toy.GaussianMixture;
import dev.cmt.energy.toy.ManyWell;
import java.util.List;

/** What is worth keeping of a sample's coordinates: it decides what the evaluation can say. */
public sealed interface Observables {
  /** What suits a target. */
  static Observables of(Target target) {
    if (target instanceof MolecularTarget molecule) {
      return new Backbone(
          BackboneTorsions.of(molecule.system()),
          molecule.system().atoms().size(),
          BondKind.of(molecule.system()),
          RotatableBond.of(molecule.system()));
    }
    if (target instanceof GaussianMixture mixture) {
      return new Plane(mixture);
    }
    return target instanceof ManyWell wells ? new DoubleWells(wells) : new None();
  }

  /** Numbers kept per sample. */
  int count();

  /** Whether something is measured of some conformations themselves. */
  default boolean keepsConformations() {
    return false;
  }

  /**
   * Measures samples.
   *
   * @param x {@code [rows][spaceDimension]} row-major
   * @param rows how many rows count
   * @param out {@code [rows][count]} row-major, written
   */
  void measure(double[] x, int rows, double[] out);

  /**
   * φ and ψ of a molecule's residues, rad in [−π, π], one pair after the other.
   *
   * @param residues whose torsions; may be none
   * @param atoms atoms of the molecule
   * @param bondKinds bonds whose lengths some conformations tell
   * @param rotatableBonds other torsions that they tell
   */
  record Backbone(
      List<BackboneTorsions> residues,
      int atoms,
      List<BondKind> bondKinds,
      List<RotatableBond> rotatableBonds)
      implements Observables {
    public Backbone {
      residues = List.copyOf(residues);
      bondKinds = List.copyOf(bondKinds);
      rotatableBonds = List.copyOf(rotatableBonds);
    }

    @Override
    public boolean keepsConformations() {
      return !bondKinds.isEmpty() || !rotatableBonds.isEmpty();
    }

    @Override
    public int count() {
      return 2 * residues.size();
    }

    @Override
    public void measure(double[] x, int rows, double[] out) {
      double[] pair = new double[2 * rows];
      for (int k = 0; k < residues.size(); k++) {
        residues.get(k).measure(x, rows, atoms, pair);
        for (int row = 0; row < rows; row++) {
          out[row * count() + 2 * k] = pair[2 * row];
          out[row * count() + 2 * k + 1] = pair[2 * row + 1];
        }
      }
    }
  }

  /**
   * Both coordinates of a mixture in the plane.
   *
   * @param target knows its modes and its density
   */
  record Plane(GaussianMixture target) implements Observables {
    @Override
    public int count() {
      return 2;
    }

    @Override
    public void measure(double[] x, int rows, double[] out) {
      System.arraycopy(x, 0, out, 0, 2 * rows);
    }
  }

  /**
   * All coordinates of independent double wells: well and Gaussian of one pair after the other.
   *
   * @param target knows its density
   */
  record DoubleWells(ManyWell target) implements Observables {
    @Override
    public int count() {
      return target.spaceDimension();
    }

    @Override
    public void measure(double[] x, int rows, double[] out) {
      System.arraycopy(x, 0, out, 0, count() * rows);
    }
  }

  /** Nothing: the evaluation then rests on the weights alone. */
  record None() implements Observables {
    @Override
    public int count() {
      return 0;
    }

    @Override
    public void measure(double[] x, int rows, double[] out) {}
  }
}
