package dev.cmt.energy.kernel;

import dev.cmt.energy.kernel.ForceFieldTerms.Angle;
import dev.cmt.energy.kernel.ForceFieldTerms.Bond;
import dev.cmt.energy.kernel.ForceFieldTerms.BornAtom;
import dev.cmt.energy.kernel.ForceFieldTerms.GeneralizedBorn;
import dev.cmt.energy.kernel.ForceFieldTerms.Nonbonded;
import dev.cmt.energy.kernel.ForceFieldTerms.NonbondedException;
import dev.cmt.energy.kernel.ForceFieldTerms.Particle;
import dev.cmt.energy.kernel.ForceFieldTerms.Torsion;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** Reads the terms of a System from OpenMM's XML, force by force. */
final class SystemParser {
  private static final int MAX_PERIODICITY = 6;
  private static final Set<String> BONDED_ATTRIBUTES =
      Set.of("forceGroup", "name", "type", "usesPeriodic", "version");
  private static final Set<String> NONBONDED_ATTRIBUTES =
      Set.of(
          "alpha",
          "cutoff",
          "dispersionCorrection",
          "ewaldTolerance",
          "exceptionsUsePeriodic",
          "forceGroup",
          "includeDirectSpace",
          "ljAlpha",
          "ljnx",
          "ljny",
          "ljnz",
          "method",
          "name",
          "nx",
          "ny",
          "nz",
          "recipForceGroup",
          "rfDielectric",
          "switchingDistance",
          "type",
          "useSwitchingFunction",
          "version");

  private final List<Bond> bonds = new ArrayList<>();
  private final List<Angle> angles = new ArrayList<>();
  private final List<Torsion> torsions = new ArrayList<>();
  private Optional<Nonbonded> nonbonded = Optional.empty();
  private Optional<GeneralizedBorn> solvent = Optional.empty();
  private int atoms;

  private SystemParser() {}

  static ForceFieldTerms parse(String systemXml) {
    SystemParser parser = new SystemParser();
    parser.system(document(systemXml));
    return new ForceFieldTerms(
        parser.atoms,
        parser.bonds,
        parser.angles,
        parser.torsions,
        parser.nonbonded,
        parser.solvent);
  }

  private static StrictElement document(String systemXml) {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      factory.setXIncludeAware(false);
      factory.setExpandEntityReferences(false);
      DocumentBuilder builder = factory.newDocumentBuilder();
      builder.setErrorHandler(null);
      return new StrictElement(
          builder.parse(new InputSource(new StringReader(systemXml))).getDocumentElement(),
          "System");
    } catch (SAXException e) {
      throw new IllegalArgumentException(
          "The System must be the XML of OpenMM's XmlSerializer: " + e.getMessage(), e);
    } catch (IOException | ParserConfigurationException e) {
      throw new IllegalStateException("The JDK's XML parser failed on a string.", e);
    }
  }

  private void system(StrictElement system) {
    system.requireType("System");
    system.allowAttributes(Set.of("openmmVersion", "type", "version"));
    Map<String, StrictElement> parts =
        system.children(Set.of("PeriodicBoxVectors", "Particles", "Constraints", "Forces"));
    // A particle that is a virtual site has a child that says so, and is refused as not empty.
    atoms = parts.get("Particles").leaves("Particle", Set.of("mass")).size();
    if (atoms < 1) {
      throw system.refusal("it has no particles");
    }
    for (StrictElement force : parts.get("Forces").elements("Force")) {
      String type = force.text("type");
      force(type, force.of(type));
    }
  }

  private void force(String type, StrictElement force) {
    switch (type) {
      case "HarmonicBondForce" -> bonds(force);
      case "HarmonicAngleForce" -> angles(force);
      case "PeriodicTorsionForce" -> torsions(force);
      case "NonbondedForce" -> {
        if (nonbonded.isPresent()) {
          throw force.refusal("there must be only one");
        }
        nonbonded = Optional.of(nonbonded(force));
      }
      case "GBSAOBCForce" -> solvent(force, gbsaObc(force));
      case "CustomGBForce" -> solvent(force, AmberObc1.parse(force, atoms));
      case "CMMotionRemover" -> {} // acts on velocities
      default -> throw force.refusal("the kernel does not know this force");
    }
  }

  private void solvent(StrictElement force, GeneralizedBorn model) {
    if (solvent.isPresent()) {
      throw force.refusal("there must be only one implicit solvent");
    }
    solvent = Optional.of(model);
  }

  private List<StrictElement> bonded(
      StrictElement force, String container, String tag, Set<String> attributes) {
    force.allowAttributes(BONDED_ATTRIBUTES);
    force.require("usesPeriodic", 0, "it is periodic");
    return force.children(Set.of(container)).get(container).leaves(tag, attributes);
  }

  private void bonds(StrictElement force) {
    for (StrictElement bond : bonded(force, "Bonds", "Bond", Set.of("d", "k", "p1", "p2"))) {
      int[] p = bond.atoms(atoms, "p1", "p2");
      bonds.add(new Bond(p[0], p[1], bond.number("d"), bond.number("k")));
    }
  }

  private void angles(StrictElement force) {
    for (StrictElement angle :
        bonded(force, "Angles", "Angle", Set.of("a", "k", "p1", "p2", "p3"))) {
      int[] p = angle.atoms(atoms, "p1", "p2", "p3");
      angles.add(new Angle(p[0], p[1], p[2], angle.number("a"), angle.number("k")));
    }
  }

  private void torsions(StrictElement force) {
    for (StrictElement torsion :
        bonded(
            force,
            "Torsions",
            "Torsion",
            Set.of("k", "p1", "p2", "p3", "p4", "periodicity", "phase"))) {
      int[] p = torsion.atoms(atoms, "p1", "p2", "p3", "p4");
      int periodicity = torsion.integer("periodicity", 1, MAX_PERIODICITY);
      torsions.add(
          new Torsion(
              p[0], p[1], p[2], p[3], periodicity, torsion.number("phase"), torsion.number("k")));
    }
  }

  private Nonbonded nonbonded(StrictElement force) {
    force.allowAttributes(NONBONDED_ATTRIBUTES);
    force.text("method");
    force.require("method", 0, "it has a cutoff or is periodic");
    force.require("useSwitchingFunction", 0, "it has a switching function");
    force.require("exceptionsUsePeriodic", 0, "its exceptions are periodic");
    force.require("includeDirectSpace", 1, "it leaves out direct space");
    for (String ewald : List.of("alpha", "ljAlpha", "nx", "ny", "nz", "ljnx", "ljny", "ljnz")) {
      force.require(ewald, 0, "it sets Ewald parameters");
    }
    Map<String, StrictElement> parts =
        force.children(
            Set.of(
                "GlobalParameters",
                "ParticleOffsets",
                "ExceptionOffsets",
                "Particles",
                "Exceptions"));
    parts.get("GlobalParameters").requireEmpty();
    parts.get("ParticleOffsets").requireEmpty();
    parts.get("ExceptionOffsets").requireEmpty();
    List<Particle> particles = new ArrayList<>();
    for (StrictElement p : parts.get("Particles").leaves("Particle", Set.of("eps", "q", "sig"))) {
      if (p.number("eps") < 0) {
        throw p.refusal("eps=\"%s\" of Particle must not be negative".formatted(p.text("eps")));
      }
      particles.add(new Particle(p.number("q"), p.number("sig"), p.number("eps")));
    }
    requireOnePerAtom(force, particles.size(), atoms);
    return new Nonbonded(particles, exceptions(parts.get("Exceptions")));
  }

  private List<NonbondedException> exceptions(StrictElement container) {
    List<NonbondedException> exceptions = new ArrayList<>();
    Set<Long> pairs = new HashSet<>();
    for (StrictElement e : container.leaves("Exception", Set.of("eps", "p1", "p2", "q", "sig"))) {
      int[] p = e.atoms(atoms, "p1", "p2");
      if (!pairs.add((long) Math.min(p[0], p[1]) * atoms + Math.max(p[0], p[1]))) {
        throw e.refusal("the pair %d-%d has two exceptions".formatted(p[0], p[1]));
      }
      exceptions.add(
          new NonbondedException(p[0], p[1], e.number("q"), e.number("sig"), e.number("eps")));
    }
    return exceptions;
  }

  /** OBC2 with its constants as OpenMM has them: offset 0.009 nm, probe 0.14 nm. */
  private GeneralizedBorn gbsaObc(StrictElement force) {
    force.allowAttributes(
        Set.of(
            "cutoff",
            "forceGroup",
            "method",
            "name",
            "soluteDielectric",
            "solventDielectric",
            "surfaceAreaEnergy",
            "type",
            "version"));
    force.text("method");
    force.require("method", 0, "it has a cutoff or is periodic");
    List<BornAtom> bornAtoms = new ArrayList<>();
    for (StrictElement p :
        force
            .children(Set.of("Particles"))
            .get("Particles")
            .leaves("Particle", Set.of("q", "r", "scale"))) {
      double offsetRadius = p.number("r") - 0.009;
      bornAtoms.add(
          bornAtom(
              p, p.number("q"), p.number("r"), offsetRadius, offsetRadius * p.number("scale")));
    }
    requireOnePerAtom(force, bornAtoms.size(), atoms);
    double dielectric =
        1 / positive(force, "soluteDielectric") - 1 / positive(force, "solventDielectric");
    return new GeneralizedBorn(
        bornAtoms,
        1,
        0.8,
        4.85,
        -ForceFieldTerms.COULOMB_CONSTANT * dielectric,
        4 * Math.PI * force.number("surfaceAreaEnergy"),
        0.14,
        true);
  }

  static BornAtom bornAtom(
      StrictElement particle, double charge, double radius, double offsetRadius, double scaled) {
    if (offsetRadius <= 0 || scaled <= 0) {
      throw particle.refusal(
          "the offset radius (%s nm) and its scaled one (%s nm) must be positive"
              .formatted(offsetRadius, scaled));
    }
    return new BornAtom(charge, radius, offsetRadius, scaled);
  }

  static void requireOnePerAtom(StrictElement force, int particles, int atoms) {
    if (particles != atoms) {
      throw force.refusal(
          "it has %d particles where the System has %d".formatted(particles, atoms));
    }
  }

  private static double positive(StrictElement force, String attribute) {
    if (force.number(attribute) <= 0) {
      throw force.refusal("%s=\"%s\" must be positive".formatted(attribute, force.text(attribute)));
    }
    return force.number(attribute);
  }
}
