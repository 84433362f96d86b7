package dev.cmt.energy.system;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** A molecule with its force field and a conformation at a minimum of its energy. Immutable. */
public final class MolecularSystem {
  private final String name;
  private final String systemXml;
  private final List<Atom> atoms;
  private final Set<Bond> bonds;
  private final Map<Bond, Double> constraintsNm;
  private final double[] minimizedNm;

  /**
   * Joins what is known of a molecule.
   *
   * @param name what configs and files call it
   * @param systemXml the force field, as OpenMM's XmlSerializer writes it
   * @param atoms in the order of the System's particles
   * @param bonds each once
   * @param constraintsNm distances the System keeps fixed, nm
   * @param minimizedNm {@code [atoms][3]} row-major, a local minimum of the energy
   */
  public MolecularSystem(
      String name,
      String systemXml,
      List<Atom> atoms,
      Set<Bond> bonds,
      Map<Bond, Double> constraintsNm,
      double[] minimizedNm) {
    this.name = Objects.requireNonNull(name, "name");
    this.systemXml = Objects.requireNonNull(systemXml, "systemXml");
    this.atoms = List.copyOf(atoms);
    this.bonds = Set.copyOf(bonds);
    this.constraintsNm = Map.copyOf(constraintsNm);
    this.minimizedNm = minimizedNm.clone();
    if (minimizedNm.length != 3 * atoms.size()) {
      throw new IllegalArgumentException(
          "The minimised conformation of %s has %d numbers; its %d atoms need %d."
              .formatted(name, minimizedNm.length, atoms.size(), 3 * atoms.size()));
    }
  }

  /**
   * Reads a molecule from the texts of its files.
   *
   * @param systemXml a System as OpenMM's XmlSerializer writes it
   * @param topologyPdb a PDB file with the same atoms in the same order
   * @param minimizedNm one line an atom, three numbers in nm
   * @throws IllegalArgumentException if a text cannot be read or the files disagree
   */
  public static MolecularSystem parse(
      String name, String systemXml, String topologyPdb, String minimizedNm) {
    double[] positions =
        minimizedNm
            .lines()
            .flatMap(line -> List.of(line.trim().split("\\s+")).stream())
            .filter(word -> !word.isEmpty())
            .mapToDouble(Double::parseDouble)
            .toArray();
    return of(name, systemXml, topologyPdb, positions);
  }

  /**
   * As {@link #parse}, with the conformation as numbers.
   *
   * @param minimizedNm {@code [atoms][3]} row-major
   */
  public static MolecularSystem of(
      String name, String systemXml, String topologyPdb, double[] minimizedNm) {
    SystemXml system = SystemXml.parse(systemXml);
    PdbTopology topology = PdbTopology.parse(topologyPdb);
    if (system.particles() != topology.atoms().size()) {
      throw new IllegalArgumentException(
          "The System of %s has %d particles but its topology %d atoms; they must be the same."
              .formatted(name, system.particles(), topology.atoms().size()));
    }
    return new MolecularSystem(
        name,
        systemXml,
        topology.atoms(),
        ChemicalBonds.of(system, topology),
        system.constraintsNm(),
        minimizedNm);
  }

  /** The same molecule in another conformation; {@code [atoms][3]} row-major, nm. */
  public MolecularSystem withMinimized(double[] otherNm) {
    return new MolecularSystem(name, systemXml, atoms, bonds, constraintsNm, otherNm);
  }

  /** What configs and files call it. */
  public String name() {
    return name;
  }

  /** The force field, as OpenMM's XmlSerializer writes it. */
  public String systemXml() {
    return systemXml;
  }

  /** In the order of the System's particles. */
  public List<Atom> atoms() {
    return atoms;
  }

  /** Of the topology, of the System's harmonic bonds and of its constraints, each once. */
  public Set<Bond> bonds() {
    return bonds;
  }

  /** Distances the System keeps fixed, nm. */
  public Map<Bond, Double> constraintsNm() {
    return constraintsNm;
  }

  /** A local minimum of the energy; a copy, {@code [atoms][3]} row-major, nm. */
  public double[] minimizedNm() {
    return minimizedNm.clone();
  }

  /** Numbers of the atoms bonded to {@code atom}, ascending. */
  public List<Integer> neighbours(int atom) {
    List<Integer> neighbours = new ArrayList<>();
    for (Bond bond : bonds) {
      if (bond.first() == atom) {
        neighbours.add(bond.second());
      } else if (bond.second() == atom) {
        neighbours.add(bond.first());
      }
    }
    neighbours.sort(null);
    return List.copyOf(neighbours);
  }

  /** For messages: {@code HA of ALA2 (atom 9)}. */
  public String label(int atom) {
    return "%s of %s (atom %d)".formatted(atoms.get(atom).name(), atoms.get(atom).residue(), atom);
  }
}
