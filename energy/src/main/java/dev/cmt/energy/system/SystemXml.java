package dev.cmt.energy.system;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * What a molecule's geometry needs of a System that OpenMM's XmlSerializer wrote; energies are the
 * engines' business.
 *
 * @param massesAmu of its particles, amu; 0 of those that are held fixed
 * @param forces types of its forces, in order, such as {@code HarmonicBondForce}
 * @param bondLengthsNm equilibrium lengths of its HarmonicBondForces' terms, nm
 * @param constraintsNm distances it keeps fixed, nm
 */
public record SystemXml(
    List<Double> massesAmu,
    List<String> forces,
    Map<Bond, Double> bondLengthsNm,
    Map<Bond, Double> constraintsNm) {
  public SystemXml {
    massesAmu = List.copyOf(massesAmu);
    forces = List.copyOf(forces);
    bondLengthsNm = Map.copyOf(bondLengthsNm);
    constraintsNm = Map.copyOf(constraintsNm);
  }

  /** How many particles the System has. */
  public int particles() {
    return massesAmu.size();
  }

  /** The pairs of its HarmonicBondForces. */
  public Set<Bond> bonds() {
    return bondLengthsNm.keySet();
  }

  /**
   * Reads the text of a system.xml.
   *
   * @throws IllegalArgumentException if it is not XML or not a System, saying where
   */
  public static SystemXml parse(String xml) {
    return parse(xml, SystemXml::read);
  }

  /**
   * Checks that a text's root element says that it is a System; reads no further.
   *
   * @throws IllegalArgumentException if it is not XML, or XML of something else
   */
  public static void requireSystem(String xml) {
    parse(
        xml,
        reader -> {
          reader.nextTag();
          String type = reader.getAttributeValue(null, "type");
          if (!"System".equals(type)) {
            throw new IllegalArgumentException(
                "The root element (%s) must have type=\"System\" but has %s; give the file that OpenMM's XmlSerializer wrote of the System."
                    .formatted(reader.getLocalName(), type));
          }
          return type;
        });
  }

  private interface Reading<T> {
    T from(XMLStreamReader reader) throws XMLStreamException;
  }

  private static <T> T parse(String xml, Reading<T> reading) {
    XMLInputFactory factory = XMLInputFactory.newFactory();
    // Run files may come from anywhere: no entities, no document types, nothing fetched.
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    try {
      XMLStreamReader reader = factory.createXMLStreamReader(new StringReader(xml));
      try {
        return reading.from(reader);
      } finally {
        reader.close();
      }
    } catch (XMLStreamException e) {
      throw new IllegalArgumentException("The System is not XML: " + e.getMessage(), e);
    }
  }

  private static SystemXml read(XMLStreamReader reader) throws XMLStreamException {
    List<Double> masses = new ArrayList<>();
    String force = "";
    List<String> forces = new ArrayList<>();
    Map<Bond, Double> bonds = new LinkedHashMap<>();
    Map<Bond, Double> constraints = new LinkedHashMap<>();
    reader.nextTag();
    if (!reader.getLocalName().equals("System")) {
      throw new IllegalArgumentException(
          "The root element (%s) must be System, as OpenMM's XmlSerializer writes it."
              .formatted(reader.getLocalName()));
    }
    while (reader.hasNext()) {
      int event = reader.next();
      if (event == XMLStreamReader.END_ELEMENT && reader.getLocalName().equals("Force")) {
        force = "";
      }
      if (event != XMLStreamReader.START_ELEMENT) {
        continue;
      }
      switch (reader.getLocalName()) {
        case "Force" -> {
          force = attribute(reader, "type");
          forces.add(force);
        }
        case "Particle" -> {
          // Forces list their own parameters under the same name.
          if (force.isEmpty()) {
            masses.add(number(reader, "mass"));
          }
        }
        case "Constraint" -> constraints.put(bond(reader), number(reader, "d"));
        case "Bond" -> {
          if (force.equals("HarmonicBondForce")) {
            bonds.put(bond(reader), number(reader, "d"));
          }
        }
        default -> {
          // Parameters of terms; the engines read them.
        }
      }
    }
    return new SystemXml(masses, forces, bonds, constraints);
  }

  private static Bond bond(XMLStreamReader reader) {
    return Bond.of(
        Integer.parseInt(attribute(reader, "p1")), Integer.parseInt(attribute(reader, "p2")));
  }

  private static double number(XMLStreamReader reader, String name) {
    return Double.parseDouble(attribute(reader, name));
  }

  private static String attribute(XMLStreamReader reader, String name) {
    String value = reader.getAttributeValue(null, name);
    if (value == null) {
      throw new IllegalArgumentException(
          "Element %s in line %d of the System lacks its attribute %s."
              .formatted(reader.getLocalName(), reader.getLocation().getLineNumber(), name));
    }
    return value;
  }
}
