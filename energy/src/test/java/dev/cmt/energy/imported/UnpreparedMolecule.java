package dev.cmt.energy.imported;

import dev.cmt.energy.io.Conformations;
import dev.cmt.energy.io.PdbFile;
import dev.cmt.energy.system.AmberPrmtop;
import dev.cmt.energy.system.AmberSystem;
import dev.cmt.energy.system.Atom;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.ImplicitSolvent;
import dev.cmt.energy.system.MolecularSystem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Molecules that nobody prepared, for tests of import. Their files lie beside this class among the
 * test resources; this is how they were made.
 */
enum UnpreparedMolecule {
  /** Charged ends, two residues, constrained hydrogens: GLU and the last LEU of elil. */
  GLUTAMYL_LEUCINE {
    @Override
    Made make() {
      MolecularSystem elil = BuiltInSystems.load("elil");
      SplicedPeptide peptide =
          new SplicedPeptide(
              List.of(new SplicedPeptide.Residue(elil, 1), new SplicedPeptide.Residue(elil, 4)));
      return made(peptide.forceField(), peptide.startNm(), ImplicitSolvent.OBC2, true);
    }
  },

  /** A ring of five, in AMBER's first implicit solvent, nothing constrained. */
  PROLINE_DIPEPTIDE {
    @Override
    Made make() throws IOException {
      TypedMolecule molecule = new TypedMolecule(resource("proline-dipeptide.txt"));
      return made(molecule.forceField(), molecule.startNm(), ImplicitSolvent.OBC1, false);
    }
  },

  /** Two hydrogens of unequal charge on a planar nitrogen. */
  ACETAMIDE {
    @Override
    Made make() throws IOException {
      TypedMolecule molecule = new TypedMolecule(resource("acetamide.txt"));
      return made(molecule.forceField(), molecule.startNm(), ImplicitSolvent.OBC2, false);
    }
  },

  /** A stereocentre in its side chain, and two forces that the kernel does not know. */
  ISOLEUCINE_DIPEPTIDE {
    @Override
    Made make() {
      MolecularSystem elil = BuiltInSystems.load("elil");
      MolecularSystem tetra = BuiltInSystems.load("alanine-tetrapeptide");
      SplicedPeptide peptide =
          new SplicedPeptide(
              List.of(
                  new SplicedPeptide.Residue(tetra, 1),
                  new SplicedPeptide.Residue(elil, 3),
                  new SplicedPeptide.Residue(tetra, 5)));
      Made plain = made(peptide.forceField(), peptide.startNm(), ImplicitSolvent.NONE, true);
      String forces = correctionMap(peptide.atoms()) + hydrogenBond(peptide.atoms());
      return new Made(
          plain.systemXml().replace("</Forces>", forces + "</Forces>"), plain.topologyPdb());
    }
  };

  /** Both files of a molecule. */
  record Made(String systemXml, String topologyPdb) {}

  abstract Made make() throws IOException;

  String fileName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Its files as they lie among the resources. */
  Made load() throws IOException {
    return new Made(resource(fileName() + "/system.xml"), resource(fileName() + "/topology.pdb"));
  }

  private static String resource(String file) throws IOException {
    try (InputStream in = UnpreparedMolecule.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IOException("There is no test resource " + file);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Made made(
      AmberPrmtop forceField, double[] startNm, ImplicitSolvent solvent, boolean constrained) {
    try {
      Path pdb = Files.createTempFile("topology", ".pdb");
      try {
        PdbFile.write(
            pdb, forceField.atoms(), new Conformations(forceField.atoms().size(), startNm));
        return new Made(AmberSystem.xml(forceField, solvent, constrained), Files.readString(pdb));
      } finally {
        Files.delete(pdb);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** A smooth CMAP on (φ, ψ) of the second residue, of the size ff19SB's have. */
  private static String correctionMap(List<Atom> atoms) {
    int size = 12;
    StringBuilder xml =
        new StringBuilder(
            "<Force forceGroup=\"0\" name=\"CMAPTorsionForce\" type=\"CMAPTorsionForce\""
                + " usesPeriodic=\"0\" version=\"2\"><Maps><Map size=\"12\">\n");
    for (int psi = 0; psi < size; psi++) {
      for (int phi = 0; phi < size; phi++) {
        double e =
            3 * Math.sin(2 * Math.PI * phi / size) * Math.cos(2 * Math.PI * psi / size)
                + Math.cos(4 * Math.PI * psi / size);
        xml.append(String.format(Locale.ROOT, "<Energy e=\"%.12f\"/>%n", e));
      }
    }
    return xml.append(
            "</Map></Maps><Torsions><Torsion a1=\"%d\" a2=\"%d\" a3=\"%d\" a4=\"%d\" b1=\"%d\" b2=\"%d\" b3=\"%d\" b4=\"%d\" map=\"0\"/></Torsions></Force>\n"
                .formatted(
                    number(atoms, 1, "C"),
                    number(atoms, 2, "N"),
                    number(atoms, 2, "CA"),
                    number(atoms, 2, "C"),
                    number(atoms, 2, "N"),
                    number(atoms, 2, "CA"),
                    number(atoms, 2, "C"),
                    number(atoms, 3, "N")))
        .toString();
  }

  /** A Morse well between the O of the first cap and the H of the last: no chemical bond. */
  private static String hydrogenBond(List<Atom> atoms) {
    return """
        <Force energy="depth*(1-exp(-width*(r-r0)))^2" forceGroup="0" name="CustomBondForce" type="CustomBondForce" usesPeriodic="0" version="3">
        <PerBondParameters><Parameter name="depth"/><Parameter name="width"/><Parameter name="r0"/></PerBondParameters>
        <GlobalParameters/><EnergyParameterDerivatives/>
        <Bonds><Bond p1="%d" p2="%d" param1="4.184" param2="15" param3=".2"/></Bonds></Force>
        """
        .formatted(number(atoms, 1, "O"), number(atoms, 3, "H"));
  }

  private static int number(List<Atom> atoms, int residue, String name) {
    for (int n = 0; n < atoms.size(); n++) {
      if (atoms.get(n).residueNumber() == residue && atoms.get(n).name().equals(name)) {
        return n;
      }
    }
    throw new IllegalArgumentException("No %s in residue %d.".formatted(name, residue));
  }
}
