package dev.cmt.energy.system;

import java.io.StringReader;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * What keeps a System from being a target, each thing with its mend: periodic forces, virtual
 * sites, frozen or polarisable particles, forces that know where a molecule lies, several
 * molecules, constraints that are no bonds. What this does not know by name, such as an unusual
 * custom force, shows in the validation of the target.
 */
public final class SystemObstacles {
  /** Forces whose attribute {@code method} is periodic from {@value #FIRST_PERIODIC_METHOD} up. */
  private static final Set<String> CUTOFF_FORCES =
      Set.of(
          "NonbondedForce",
          "CustomNonbondedForce",
          "GBSAOBCForce",
          "CustomGBForce",
          "CustomHbondForce",
          "CustomManyParticleForce",
          "GayBerneForce");

  private static final int FIRST_PERIODIC_METHOD = 2;
  private static final int PIECES_NAMED = 4;

  private final Set<String> found = new LinkedHashSet<>();
  private final SystemXml system;
  private final List<Atom> atoms;

  private SystemObstacles(SystemXml system, List<Atom> atoms) {
    this.system = system;
    this.atoms = atoms;
  }

  /**
   * Looks for all of them.
   *
   * @param systemXml as OpenMM's XmlSerializer writes it
   * @return sentences, empty if there are none
   * @throws IllegalArgumentException if a file cannot be read at all
   */
  public static List<String> of(String systemXml, PdbTopology topology) {
    SystemObstacles obstacles = new SystemObstacles(SystemXml.parse(systemXml), topology.atoms());
    if (obstacles.system.particles() != topology.atoms().size()) {
      return List.of(
          "The System has %d particles but the topology %d atoms; give the topology that the System was made of, without water or ions if it has none."
              .formatted(obstacles.system.particles(), topology.atoms().size()));
    }
    obstacles.readForces(systemXml);
    obstacles.checkTopology(topology);
    return List.copyOf(obstacles.found);
  }

  private void readForces(String systemXml) {
    XMLInputFactory factory = XMLInputFactory.newFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    try {
      XMLStreamReader reader = factory.createXMLStreamReader(new StringReader(systemXml));
      int particle = -1;
      int depthOfForces = 0;
      boolean inParticle = false;
      while (reader.hasNext()) {
        int event = reader.next();
        if (event == XMLStreamReader.START_ELEMENT) {
          String tag = reader.getLocalName();
          if (tag.equals("Force")) {
            depthOfForces++;
            readForce(reader);
          } else if (depthOfForces == 0 && inParticle) {
            found.add(
                "%s is a virtual site (%s), whose place follows from other atoms; use a model without, such as one without lone pairs."
                    .formatted(label(particle), tag));
          } else if (depthOfForces == 0 && tag.equals("Particle")) {
            particle++;
            inParticle = true;
            readMass(reader, particle);
          }
        } else if (event == XMLStreamReader.END_ELEMENT) {
          String tag = reader.getLocalName();
          depthOfForces -= tag.equals("Force") ? 1 : 0;
          inParticle &= !tag.equals("Particle");
        }
      }
    } catch (XMLStreamException e) {
      throw new IllegalArgumentException("The System is not XML: " + e.getMessage(), e);
    }
  }

  private void readMass(XMLStreamReader reader, int particle) {
    String mass = reader.getAttributeValue(null, "mass");
    if (mass == null || Double.parseDouble(mass) <= 0) {
      found.add(
          "%s has mass %s: OpenMM would keep it where it is, or it is a virtual site; give every atom its mass."
              .formatted(label(particle), mass));
    }
  }

  private void readForce(XMLStreamReader reader) {
    String type = String.valueOf(reader.getAttributeValue(null, "type"));
    String periodic = reader.getAttributeValue(null, "usesPeriodic");
    String method = reader.getAttributeValue(null, "method");
    boolean periodicMethod =
        CUTOFF_FORCES.contains(type)
            && method != null
            && Integer.parseInt(method) >= FIRST_PERIODIC_METHOD;
    if (periodicMethod || periodic != null && !periodic.equals("0")) {
      found.add(
          "%s is periodic; a target is one molecule without a box. Make the System of the solute alone with nonbondedMethod=NoCutoff, in implicit solvent if you like."
              .formatted(type));
    }
    if (type.endsWith("Barostat")) {
      found.add(
          "%s changes a periodic box, which a target does not have; remove it.".formatted(type));
    }
    if (type.equals("CustomExternalForce")) {
      found.add(
          "CustomExternalForce pulls atoms to places in space; a target's energy must not change when the molecule moves or turns. Remove it.");
    }
    if (type.equals("DrudeForce")) {
      found.add(
          "DrudeForce makes the atoms polarisable by particles that follow them at once; use a force field of fixed charges.");
    }
  }

  private void checkTopology(PdbTopology topology) {
    for (int atom = 0; atom < atoms.size(); atom++) {
      if (!Elements.isSymbol(atoms.get(atom).element())) {
        found.add(
            "%s has element %s, which does not exist; columns 77-78 of the topology must hold the chemical symbol."
                .formatted(label(atom), atoms.get(atom).element()));
      }
    }
    if (atoms.size() < 4) {
      found.add(
          "The molecule has %d atoms; a target needs at least 4, for one torsion."
              .formatted(atoms.size()));
      return;
    }
    Set<Bond> bonds = ChemicalBonds.of(system, topology);
    checkConnection(bonds);
    checkConstraints(bonds);
  }

  private void checkConnection(Set<Bond> bonds) {
    int[] root = IntStream.range(0, atoms.size()).toArray();
    bonds.forEach(bond -> root[find(root, bond.first())] = find(root, bond.second()));
    Map<Integer, List<Integer>> pieces =
        IntStream.range(0, atoms.size())
            .boxed()
            .collect(
                Collectors.groupingBy(
                    atom -> find(root, atom), LinkedHashMap::new, Collectors.toList()));
    if (pieces.size() > 1) {
      found.add(
          "The bonds join the atoms to %d molecules (%s%s); a target is one. Take the others out; if one is held together by other forces than HarmonicBondForce, give its bonds as CONECT records of the topology."
              .formatted(
                  pieces.size(),
                  pieces.values().stream()
                      .limit(PIECES_NAMED)
                      .map(
                          piece ->
                              "%d atoms from %s on".formatted(piece.size(), label(piece.get(0))))
                      .collect(Collectors.joining(", ")),
                  pieces.size() > PIECES_NAMED ? ", …" : ""));
    }
  }

  /** A constrained length must be a coordinate, so it must be a bond and may not close a ring. */
  private void checkConstraints(Set<Bond> bonds) {
    int[] root = IntStream.range(0, atoms.size()).toArray();
    for (Map.Entry<Bond, Double> constraint : system.constraintsNm().entrySet()) {
      Bond pair = constraint.getKey();
      if (!bonds.contains(pair)) {
        found.add(
            "A constraint keeps %s and %s %.4f nm apart, which is no bond but fixes an angle; make the System with constraints=HBonds or None and rigidWater=False."
                .formatted(label(pair.first()), label(pair.second()), constraint.getValue()));
      } else if (find(root, pair.first()) == find(root, pair.second())) {
        found.add(
            "Constraints close a ring at %s and %s; make the System with constraints=HBonds or None."
                .formatted(label(pair.first()), label(pair.second())));
      } else {
        root[find(root, pair.first())] = find(root, pair.second());
      }
    }
  }

  private static int find(int[] root, int atom) {
    int at = atom;
    while (root[at] != at) {
      at = root[at];
    }
    return at;
  }

  private String label(int atom) {
    return atom < 0 || atom >= atoms.size()
        ? "Atom " + atom
        : "%s of %s (atom %d)".formatted(atoms.get(atom).name(), atoms.get(atom).residue(), atom);
  }
}
