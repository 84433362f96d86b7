package dev.cmt.energy.kernel;

import dev.cmt.energy.kernel.ForceFieldTerms.BornAtom;
import dev.cmt.energy.kernel.ForceFieldTerms.GeneralizedBorn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The CustomGBForce that OpenMM writes for an AMBER prmtop with implicit solvent OBC1, known by its
 * very expressions; only the numbers in them are read.
 */
final class AmberObc1 {
  private static final String DIELECTRICS =
      " solventDielectric=#; soluteDielectric=#; kappa=0; offset=#";
  private static final Pattern BORN_SUM =
      template(
          "select(step(r+sr2-or1), 0.5*(1/L-1/U+0.25*(r-sr2^2/r)*(1/(U^2)-1/(L^2))"
              + "+0.5*log(L/U)/r), 0);U=r+sr2;L=max(or1, D);D=abs(r-sr2)");
  private static final Pattern BORN_RADIUS =
      template("1/(1/or-tanh(#*psi+#*psi^3)/radius);psi=I*or; radius=or+offset; offset=#");
  private static final Pattern SELF =
      template("-0.5*#*(1/soluteDielectric-1/solventDielectric)*charge^2/B;" + DIELECTRICS);
  private static final Pattern SURFACE =
      template("#*(radius+#)^2*(radius/B)^6; radius=or+offset;" + DIELECTRICS);
  private static final Pattern PAIR =
      template(
          "-#*(1/soluteDielectric-1/solventDielectric)*charge1*charge2/f;"
              + "f=sqrt(r^2+B1*B2*exp(-r^2/(4*B1*B2)));"
              + DIELECTRICS);
  // CustomGBForce::ComputationType
  private static final int SINGLE_PARTICLE = 0;
  private static final int PAIR_NO_EXCLUSIONS = 2;

  private AmberObc1() {}

  static GeneralizedBorn parse(StrictElement force, int atoms) {
    force.allowAttributes(Set.of("cutoff", "forceGroup", "method", "name", "type", "version"));
    force.text("method");
    force.require("method", 0, "it has a cutoff or is periodic");
    Map<String, StrictElement> parts =
        force.children(
            Set.of(
                "PerParticleParameters",
                "GlobalParameters",
                "EnergyParameterDerivatives",
                "ComputedValues",
                "EnergyTerms",
                "Particles",
                "Exclusions",
                "Functions"));
    for (String empty :
        List.of("GlobalParameters", "EnergyParameterDerivatives", "Exclusions", "Functions")) {
      parts.get(empty).requireEmpty();
    }
    List<String> parameters =
        parts.get("PerParticleParameters").leaves("Parameter", Set.of("name")).stream()
            .map(parameter -> parameter.text("name"))
            .toList();
    if (!parameters.equals(List.of("charge", "or", "sr"))) {
      throw force.refusal("its parameters %s must be [charge, or, sr]".formatted(parameters));
    }

    List<StrictElement> values =
        parts.get("ComputedValues").leaves("Value", Set.of("expression", "name", "type"));
    List<StrictElement> terms =
        parts.get("EnergyTerms").leaves("Term", Set.of("expression", "type"));
    if (values.size() != 2
        || terms.size() != 3
        || !values.get(0).text("name").equals("I")
        || !values.get(1).text("name").equals("B")) {
      throw force.refusal("it does not have the two values and three terms of AMBER's OBC1");
    }
    numbers(values.get(0), PAIR_NO_EXCLUSIONS, BORN_SUM);
    double[] radius = numbers(values.get(1), SINGLE_PARTICLE, BORN_RADIUS);
    double[] self = numbers(terms.get(0), SINGLE_PARTICLE, SELF);
    double[] surface = numbers(terms.get(1), SINGLE_PARTICLE, SURFACE);
    double[] pair = numbers(terms.get(2), PAIR_NO_EXCLUSIONS, PAIR);

    if (!Arrays.equals(self, pair)) {
      throw force.refusal("the constants of its self and pair terms differ");
    }
    double offset = radius[2];
    // OpenMM writes 0.009 in one place and 0.008999999999999999 in the others.
    if (Math.abs(surface[4] - offset) > 1e-12) {
      throw force.refusal("the offsets of its Born radii and surface term differ");
    }
    if (!(pair[1] > 0 && pair[2] > 0)) {
      throw force.refusal("its dielectric constants must be positive");
    }
    return new GeneralizedBorn(
        bornAtoms(force, parts.get("Particles"), atoms, offset),
        radius[0],
        0,
        radius[1],
        -pair[0] * (1 / pair[2] - 1 / pair[1]),
        surface[0],
        surface[1],
        false);
  }

  private static List<BornAtom> bornAtoms(
      StrictElement force, StrictElement container, int atoms, double offset) {
    List<BornAtom> bornAtoms = new ArrayList<>();
    for (StrictElement p : container.leaves("Particle", Set.of("param1", "param2", "param3"))) {
      double offsetRadius = p.number("param2");
      bornAtoms.add(
          SystemParser.bornAtom(
              p, p.number("param1"), offsetRadius + offset, offsetRadius, p.number("param3")));
    }
    SystemParser.requireOnePerAtom(force, bornAtoms.size(), atoms);
    return bornAtoms;
  }

  /** The numbers an expression has where its template has #. */
  private static double[] numbers(StrictElement element, int type, Pattern template) {
    String expression = element.text("expression");
    Matcher matcher = template.matcher(expression);
    if (element.integer("type", 0, 2) != type || !matcher.matches()) {
      throw element.refusal(
          "the expression \"%s\" of type %s is not one of AMBER's OBC1"
              .formatted(expression, element.text("type")));
    }
    double[] numbers = new double[matcher.groupCount()];
    for (int n = 0; n < numbers.length; n++) {
      numbers[n] = Double.parseDouble(matcher.group(n + 1));
    }
    return numbers;
  }

  private static Pattern template(String text) {
    return Pattern.compile(
        Arrays.stream(text.split("#", -1))
            .map(Pattern::quote)
            .collect(Collectors.joining("([0-9]*\\.?[0-9]+(?:[eE][-+]?[0-9]+)?)")));
  }
}
