package dev.cmt.actors.molecule;

import dev.cmt.energy.Channel;
import dev.cmt.energy.molecule.BoundedTorsion;
import dev.cmt.energy.molecule.MolecularTarget;
import dev.cmt.energy.validation.ValidationCheck;
import java.util.Locale;
import java.util.stream.Collectors;

/** The validation of an imported molecule, for people who read text. */
final class ValidationText {
  private ValidationText() {}

  static String of(MoleculeImport molecule) {
    StringBuilder text = new StringBuilder();
    text.append(heading(molecule)).append("\n\n");
    for (ValidationCheck check : molecule.validation().checks()) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-7s %s%n        %s%n",
              check.verdict().name().toLowerCase(Locale.ROOT),
              check.name(),
              check.finding()));
    }
    text.append('\n').append(box(molecule)).append('\n');
    for (BoundedTorsion torsion : molecule.validation().bounded()) {
      text.append(
          String.format(
              Locale.ROOT,
              "%4d  %s %s: %s%n",
              torsion.torsion(),
              torsion.coordinate(),
              range(torsion),
              torsion.because()));
    }
    return text.toString();
  }

  /** One sentence: name, sizes, verdict. */
  static String heading(MoleculeImport molecule) {
    MolecularTarget target = molecule.target();
    return "%s: %d atoms, %d coordinates (%s), %d constrained lengths; the validation %s."
        .formatted(
            molecule.name(),
            target.system().atoms().size(),
            target.dimension(),
            target.channels().stream()
                .map(ValidationText::channel)
                .collect(Collectors.joining(", ")),
            target.system().constraintsNm().size(),
            molecule.validation().passed() ? "passed" : "failed");
  }

  /** What every coordinate keeps to. */
  static String box(MoleculeImport molecule) {
    return "Every length keeps within 0.035 nm of the minimum and every angle within 0.9 rad (52°); the check named spans says whether that is all the molecule needs. %d of %d torsions keep to a half-circle; all others turn freely, also about double and amide bonds: cis and trans (E and Z) may both be sampled, as the energy weighs them, where plain molecular dynamics rarely leaves the form it began with."
        .formatted(molecule.validation().bounded().size(), molecule.target().zMatrix().rowCount());
  }

  private static String channel(Channel channel) {
    return "%d %s".formatted(channel.size(), channel.name());
  }

  /** In degrees. */
  static String range(BoundedTorsion torsion) {
    double start = 360 * torsion.range().start() - 180;
    return String.format(
        Locale.ROOT, "%.0f° to %.0f°", start, start + 360 * torsion.range().length());
  }
}
