package dev.cmt.energy.validation;

import dev.cmt.energy.molecule.BoundedTorsion;
import dev.cmt.energy.molecule.EnergyMinimizer;
import dev.cmt.energy.molecule.MolecularTarget;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What is known of a target's soundness.
 *
 * @param checks in the order they were made
 * @param bounded the torsions that may not take the whole circle, and why
 */
public record TargetValidation(List<ValidationCheck> checks, List<BoundedTorsion> bounded) {
  public TargetValidation {
    checks = List.copyOf(checks);
    bounded = List.copyOf(bounded);
  }

  /**
   * Validates a target; takes a second or so with the kernel, several with OpenMM alone.
   *
   * @param minimum the reference conformation, as it was found
   * @param limits how it was looked for
   * @param seed of the random conformations; equal seeds give equal reports
   * @throws dev.cmt.energy.EnergyUnavailableException if no engine here can compute the System
   * @throws IllegalArgumentException if OpenMM refuses the System
   */
  public static TargetValidation of(
      MolecularTarget target,
      EnergyMinimizer.Minimum minimum,
      EnergyMinimizer.Limits limits,
      long seed) {
    Objects.requireNonNull(target, "target");
    List<ValidationCheck> checks = new ArrayList<>();
    checks.add(
        ValidationCheck.of(
            "minimum",
            minimum.forceKjPerMolNm() <= limits.forceKjPerMolNm(),
            "%.4f kJ/mol after %d iterations from %.4f kJ/mol; the greatest force left is %.1e kJ/mol/nm (allowed %.0e)."
                .formatted(
                    minimum.energyKjPerMol(),
                    minimum.iterations(),
                    minimum.energyBeforeKjPerMol(),
                    minimum.forceKjPerMolNm(),
                    limits.forceKjPerMolNm())));
    ValidationConformations conformations = new ValidationConformations(target, seed);
    checks.addAll(new MapValidation(target, conformations).run());
    checks.addAll(EnergyValidation.run(target, conformations));
    return new TargetValidation(checks, target.stereochemistry().bounded());
  }

  /** Whether no check failed. */
  public boolean passed() {
    return checks.stream().noneMatch(check -> check.verdict() == Verdict.FAILED);
  }
}
