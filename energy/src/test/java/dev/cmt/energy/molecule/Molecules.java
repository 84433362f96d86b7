package dev.cmt.energy.molecule;

import dev.cmt.energy.system.Atom;
import dev.cmt.energy.system.Bond;
import dev.cmt.energy.system.MolecularSystem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Small molecules for tests of what depends on bonds and shapes only; they have no force field. */
final class Molecules {
  private Molecules() {}

  static MolecularSystem ethanol() {
    return ethanol(1, 0);
  }

  static MolecularSystem twoEthanols() {
    MolecularSystem one = ethanol(1, 0);
    MolecularSystem other = ethanol(2, 1);
    List<Atom> atoms = new ArrayList<>(one.atoms());
    atoms.addAll(other.atoms());
    Set<Bond> bonds = new LinkedHashSet<>(one.bonds());
    other.bonds().forEach(bond -> bonds.add(new Bond(bond.first() + 9, bond.second() + 9)));
    double[] x = Arrays.copyOf(one.minimizedNm(), 54);
    System.arraycopy(other.minimizedNm(), 0, x, 27, 27);
    return new MolecularSystem("two ethanols", "<System/>", atoms, bonds, Map.of(), x);
  }

  private static MolecularSystem ethanol(int residue, double shift) {
    return molecule(
        "ethanol",
        "EOH",
        residue,
        "C1 C2 O H11 H12 H13 H21 H22 HO",
        "0-1 1-2 0-3 0-4 0-5 1-6 1-7 2-8",
        shift,
        0,
        0,
        shift + 0.152,
        0,
        0,
        shift + 0.199,
        0.134,
        0,
        shift - 0.036,
        -0.103,
        0,
        shift - 0.036,
        0.051,
        0.089,
        shift - 0.036,
        0.051,
        -0.089,
        shift + 0.188,
        -0.051,
        0.089,
        shift + 0.188,
        -0.051,
        -0.089,
        shift + 0.295,
        0.13,
        0);
  }

  static MolecularSystem cyclobutane() {
    double[] x = new double[36];
    double[][] ring = {{1, 1}, {-1, 1}, {-1, -1}, {1, -1}};
    for (int c = 0; c < 4; c++) {
      for (int axis = 0; axis < 2; axis++) {
        x[3 * c + axis] = 0.0775 * ring[c][axis];
        x[3 * (4 + 2 * c) + axis] = 0.12 * ring[c][axis];
        x[3 * (5 + 2 * c) + axis] = 0.12 * ring[c][axis];
      }
      x[3 * (4 + 2 * c) + 2] = 0.089;
      x[3 * (5 + 2 * c) + 2] = -0.089;
    }
    return molecule(
        "cyclobutane",
        "CBU",
        1,
        "C1 C2 C3 C4 H11 H12 H21 H22 H31 H32 H41 H42",
        "0-1 1-2 2-3 0-3 0-4 0-5 1-6 1-7 2-8 2-9 3-10 3-11",
        x);
  }

  static MolecularSystem acetonitrile() {
    return molecule(
        "acetonitrile",
        "ACN",
        1,
        "C1 C2 N H1 H2 H3",
        "0-1 1-2 0-3 0-4 0-5",
        0,
        0,
        0,
        0.146,
        0,
        0,
        0.262,
        0,
        0,
        -0.036,
        0.103,
        0,
        -0.036,
        -0.051,
        0.089,
        -0.036,
        -0.051,
        -0.089);
  }

  static MolecularSystem water() {
    return molecule("water", "HOH", 1, "O H1 H2", "0-1 0-2", 0, 0, 0, 0.1, 0, 0, -0.03, 0.09, 0);
  }

  /** Four different atoms about a carbon. */
  static MolecularSystem bromochlorofluoromethane() {
    return molecule(
        "bromochlorofluoromethane",
        "BCF",
        1,
        "C Br Cl F H",
        "0-1 0-2 0-3 0-4",
        0,
        0,
        0,
        0.11,
        0.11,
        0.11,
        0.1,
        -0.1,
        -0.1,
        -0.08,
        0.08,
        -0.08,
        -0.063,
        -0.063,
        0.063);
  }

  /** (CH3)(CH3CH2)S=O: a pyramid with a sulphur on top. */
  static MolecularSystem sulphoxide() {
    return molecule(
        "ethyl methyl sulphoxide",
        "EMS",
        1,
        "S O C1 C2 C3",
        "0-1 0-2 0-3 3-4",
        0,
        0,
        0.05,
        0.12,
        0.08,
        0,
        -0.16,
        0.05,
        0,
        0.05,
        -0.17,
        0,
        0.2,
        -0.2,
        0.03);
  }

  /** The mirror image. */
  static MolecularSystem mirrored(MolecularSystem system) {
    double[] x = system.minimizedNm();
    for (int i = 0; i < x.length; i += 3) {
      x[i] = -x[i];
    }
    return new MolecularSystem(
        system.name(),
        system.systemXml(),
        system.atoms(),
        system.bonds(),
        system.constraintsNm(),
        x);
  }

  private static MolecularSystem molecule(
      String name, String residueName, int residue, String atomNames, String pairs, double... x) {
    List<Atom> atoms = new ArrayList<>();
    for (String atom : atomNames.split(" ")) {
      String element = atom.replaceFirst("[0-9O]*$", "");
      String symbol = element.isEmpty() ? "O" : element;
      atoms.add(new Atom(atom, symbol, residueName, residue, 'A'));
    }
    Set<Bond> bonds = new LinkedHashSet<>();
    for (String pair : pairs.split(" ")) {
      String[] ends = pair.split("-");
      bonds.add(Bond.of(Integer.parseInt(ends[0]), Integer.parseInt(ends[1])));
    }
    return new MolecularSystem(name, "<System/>", atoms, bonds, Map.of(), x);
  }
}
