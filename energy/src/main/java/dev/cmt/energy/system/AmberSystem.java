package dev.cmt.energy.system;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The System of a prmtop, as the XML that OpenMM 7.7's XmlSerializer would write of what its own
 * AMBER reader builds: no cutoff, no motion remover. Torsions of no amplitude are left out.
 */
public final class AmberSystem {
  /** Coulomb's constant in the expressions of OpenMM's OBC1, kJ nm/mol/e². */
  private static final String COULOMB = "138.935485";

  private static final double DIELECTRIC_OFFSET_NM = 0.009;
  private static final double WATER_DIELECTRIC = 78.5;

  /** OpenMM's default for GBSAOBCForce, kJ/mol/nm². */
  private static final double SURFACE_TENSION = 2.25936;

  private final AmberPrmtop prmtop;
  private final StringBuilder xml = new StringBuilder();

  private AmberSystem(AmberPrmtop prmtop) {
    this.prmtop = prmtop;
  }

  /**
   * Writes the System.
   *
   * @param constrainHydrogens whether bonds with a hydrogen keep their length instead of swinging
   * @throws IllegalArgumentException if the solvent needs radii that the prmtop lacks
   */
  public static String xml(
      AmberPrmtop prmtop, ImplicitSolvent solvent, boolean constrainHydrogens) {
    if (solvent != ImplicitSolvent.NONE && prmtop.born().isEmpty()) {
      throw new IllegalArgumentException(
          "The prmtop lacks RADII and SCREEN, which implicit solvent needs; set them, as by ParmEd's changeRadii mbondi2.");
    }
    return new AmberSystem(prmtop).write(solvent, constrainHydrogens);
  }

  private String write(ImplicitSolvent solvent, boolean constrainHydrogens) {
    line("<?xml version='1.0' ?>");
    line("<System openmmVersion='7.7' type='System' version='1'>");
    line("<PeriodicBoxVectors><A x='2' y='0' z='0'/><B x='0' y='2' z='0'/><C x='0' y='0' z='2'/>");
    line("</PeriodicBoxVectors>");
    line("<Particles>");
    prmtop.masses().forEach(mass -> line("<Particle mass='%s'/>", mass));
    line("</Particles>");
    List<AmberPrmtop.BondTerm> constrained =
        prmtop.bonds().stream()
            .filter(bond -> constrainHydrogens && hasHydrogen(bond.atoms()))
            .toList();
    line("<Constraints>");
    for (AmberPrmtop.BondTerm bond : constrained) {
      Bond pair = bond.atoms();
      line("<Constraint d='%s' p1='%d' p2='%d'/>", bond.lengthNm(), pair.first(), pair.second());
    }
    line("</Constraints>");
    line("<Forces>");
    List<AmberPrmtop.BondTerm> free = new ArrayList<>(prmtop.bonds());
    free.removeAll(constrained);
    writeBonded(free);
    writeNonbonded();
    switch (solvent) {
      case OBC1 -> writeObc1(prmtop.born().orElseThrow());
      case OBC2 -> writeObc2(prmtop.born().orElseThrow());
      case NONE -> {
        // In vacuo.
      }
    }
    line("</Forces>");
    line("</System>");
    return xml.toString();
  }

  private boolean hasHydrogen(Bond bond) {
    return prmtop.atoms().get(bond.first()).isHydrogen()
        || prmtop.atoms().get(bond.second()).isHydrogen();
  }

  private void writeBonded(List<AmberPrmtop.BondTerm> bonds) {
    force("HarmonicBondForce", 2, "usesPeriodic='0'");
    line("<Bonds>");
    for (AmberPrmtop.BondTerm bond : bonds) {
      Bond pair = bond.atoms();
      line(
          "<Bond d='%s' k='%s' p1='%d' p2='%d'/>",
          bond.lengthNm(), bond.k(), pair.first(), pair.second());
    }
    line("</Bonds></Force>");
    force("HarmonicAngleForce", 2, "usesPeriodic='0'");
    line("<Angles>");
    for (AmberPrmtop.AngleTerm angle : prmtop.angles()) {
      line(
          "<Angle a='%s' k='%s' p1='%d' p2='%d' p3='%d'/>",
          angle.angle(), angle.k(), angle.end(), angle.vertex(), angle.otherEnd());
    }
    line("</Angles></Force>");
    force("PeriodicTorsionForce", 2, "usesPeriodic='0'");
    line("<Torsions>");
    for (AmberPrmtop.TorsionTerm t : prmtop.torsions()) {
      line(
          "<Torsion k='%s' p1='%d' p2='%d' p3='%d' p4='%d' periodicity='%d' phase='%s'/>",
          t.amplitude(), t.i(), t.j(), t.k(), t.l(), t.periodicity(), t.phase());
    }
    line("</Torsions></Force>");
  }

  private void writeNonbonded() {
    force(
        "NonbondedForce",
        4,
        "alpha='0' cutoff='1' dispersionCorrection='1' ewaldTolerance='.0005'"
            + " exceptionsUsePeriodic='0' includeDirectSpace='1' ljAlpha='0' ljnx='0' ljny='0'"
            + " ljnz='0' method='0' nx='0' ny='0' nz='0' recipForceGroup='-1' rfDielectric='1'"
            + " switchingDistance='-1' useSwitchingFunction='0'");
    line("<GlobalParameters/><ParticleOffsets/><ExceptionOffsets/>");
    line("<Particles>");
    for (int n = 0; n < prmtop.atoms().size(); n++) {
      line(
          "<Particle eps='%s' q='%s' sig='%s'/>",
          prmtop.epsilons().get(n), prmtop.charges().get(n), prmtop.sigmasNm().get(n));
    }
    line("</Particles>");
    line("<Exceptions>");
    exceptions().forEach(this::writeException);
    line("</Exceptions></Force>");
  }

  /** Each excluded pair, with how it is scaled if it counts at all. */
  private Map<Bond, Optional<AmberPrmtop.ScaledPair>> exceptions() {
    Map<Bond, AmberPrmtop.ScaledPair> scaled = new HashMap<>();
    // Of several torsions with the same ends, AMBER marks all but one; the first counts.
    prmtop.scaledPairs().forEach(pair -> scaled.putIfAbsent(pair.atoms(), pair));
    Map<Bond, Optional<AmberPrmtop.ScaledPair>> exceptions = new LinkedHashMap<>();
    Set<Bond> pairs = new HashSet<>(prmtop.excludedPairs());
    pairs.addAll(scaled.keySet());
    List<Bond> ordered =
        pairs.stream()
            .sorted(
                (a, b) -> a.first() != b.first() ? a.first() - b.first() : a.second() - b.second())
            .toList();
    ordered.forEach(pair -> exceptions.put(pair, Optional.ofNullable(scaled.get(pair))));
    return exceptions;
  }

  private void writeException(Bond pair, Optional<AmberPrmtop.ScaledPair> scaled) {
    int i = pair.first();
    int j = pair.second();
    double epsilon = 0;
    double charges = 0;
    double sigmaNm = 1;
    if (scaled.isPresent()) {
      epsilon =
          Math.sqrt(prmtop.epsilons().get(i) * prmtop.epsilons().get(j)) / scaled.get().scnb();
      charges = prmtop.charges().get(i) * prmtop.charges().get(j) / scaled.get().scee();
      sigmaNm = (prmtop.sigmasNm().get(i) + prmtop.sigmasNm().get(j)) / 2;
    }
    line("<Exception eps='%s' p1='%d' p2='%d' q='%s' sig='%s'/>", epsilon, i, j, charges, sigmaNm);
  }

  private void writeObc2(AmberPrmtop.BornRadii born) {
    force(
        "GBSAOBCForce",
        2,
        "cutoff='1' method='0' soluteDielectric='1' solventDielectric='%s' surfaceAreaEnergy='%s'"
            .formatted(WATER_DIELECTRIC, SURFACE_TENSION));
    line("<Particles>");
    for (int n = 0; n < prmtop.atoms().size(); n++) {
      line(
          "<Particle q='%s' r='%s' scale='%s'/>",
          prmtop.charges().get(n), born.radiiNm().get(n), born.screens().get(n));
    }
    line("</Particles></Force>");
  }

  /** OBC1 is no force of OpenMM's own; these are the expressions it writes for it. */
  private void writeObc1(AmberPrmtop.BornRadii born) {
    String dielectrics =
        "solventDielectric=%s; soluteDielectric=1; kappa=0; offset=%s"
            .formatted(WATER_DIELECTRIC, DIELECTRIC_OFFSET_NM);
    force("CustomGBForce", 2, "cutoff='1' method='0'");
    line("<PerParticleParameters><Parameter name='charge'/><Parameter name='or'/>");
    line("<Parameter name='sr'/></PerParticleParameters>");
    line("<GlobalParameters/><EnergyParameterDerivatives/>");
    line("<ComputedValues>");
    line(
        "<Value expression='select(step(r+sr2-or1), 0.5*(1/L-1/U+0.25*(r-sr2^2/r)*(1/(U^2)-1/(L^2))"
            + "+0.5*log(L/U)/r), 0);U=r+sr2;L=max(or1, D);D=abs(r-sr2)' name='I' type='2'/>");
    line(
        "<Value expression='1/(1/or-tanh(0.8*psi+2.909125*psi^3)/radius);psi=I*or;"
            + " radius=or+offset; offset=%s' name='B' type='0'/>",
        DIELECTRIC_OFFSET_NM);
    line("</ComputedValues>");
    line("<EnergyTerms>");
    line(
        "<Term expression='-0.5*%s*(1/soluteDielectric-1/solventDielectric)*charge^2/B; %s'"
            + " type='0'/>",
        COULOMB, dielectrics);
    line(
        "<Term expression='28.3919551*(radius+0.14)^2*(radius/B)^6; radius=or+offset; %s'"
            + " type='0'/>",
        dielectrics);
    line(
        "<Term expression='-%s*(1/soluteDielectric-1/solventDielectric)*charge1*charge2/f;"
            + "f=sqrt(r^2+B1*B2*exp(-r^2/(4*B1*B2))); %s' type='2'/>",
        COULOMB, dielectrics);
    line("</EnergyTerms>");
    line("<Particles>");
    for (int n = 0; n < prmtop.atoms().size(); n++) {
      double offsetRadius = born.radiiNm().get(n) - DIELECTRIC_OFFSET_NM;
      line(
          "<Particle param1='%s' param2='%s' param3='%s'/>",
          prmtop.charges().get(n), offsetRadius, offsetRadius * born.screens().get(n));
    }
    line("</Particles><Exclusions/><Functions/></Force>");
  }

  private void force(String type, int version, String attributes) {
    line(
        "<Force forceGroup='0' name='%s' type='%s' version='%d' %s>",
        type, type, version, attributes);
  }

  /** Adds a line; quotes are written single here to be read. */
  private void line(String format, Object... values) {
    xml.append(String.format(Locale.ROOT, format, values).replace('\'', '"')).append('\n');
  }
}
