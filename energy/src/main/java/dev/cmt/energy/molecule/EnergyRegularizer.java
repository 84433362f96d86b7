package dev.cmt.energy.molecule;

/**
 * Tames the reduced energies of clashing atoms, which no float could hold:
 *
 * <pre>u ↦ min(u, u_max), then u ↦ u_high + log(u − u_high + 1) where u > u_high</pre>
 *
 * <p>continuous with a continuous derivative at u_high. Source: bgflow's linlogcut, as TA-BG and
 * CMT use it with u_high = 1e8 and u_max = 1e20.
 *
 * @param energyHighKt u_high, where the logarithm begins; kT, finite
 * @param energyMaxKt u_max, where growth ends; kT, finite, at least {@code energyHighKt}
 */
public record EnergyRegularizer(double energyHighKt, double energyMaxKt) {
  public EnergyRegularizer {
    if (!Double.isFinite(energyHighKt)) {
      throw new IllegalArgumentException(
          "energyHighKt (%s) must be a finite number of kT.".formatted(energyHighKt));
    }
    if (!Double.isFinite(energyMaxKt) || energyMaxKt < energyHighKt) {
      throw new IllegalArgumentException(
          "energyMaxKt (%s) must be finite and not below energyHighKt (%s)."
              .formatted(energyMaxKt, energyHighKt));
    }
  }

  /** The regularised reduced energy; NaN for NaN and for minus infinity, which no energy is. */
  public double apply(double reducedEnergy) {
    if (reducedEnergy == Double.NEGATIVE_INFINITY) {
      return Double.NaN;
    }
    double capped = Math.min(reducedEnergy, energyMaxKt);
    return capped > energyHighKt ? energyHighKt + Math.log1p(capped - energyHighKt) : capped;
  }
}
