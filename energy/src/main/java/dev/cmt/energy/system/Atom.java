package dev.cmt.energy.system;

/**
 * An atom of a topology.
 *
 * @param name its name within the residue, such as {@code CA}
 * @param element the chemical symbol, such as {@code C} or {@code Cl}
 * @param residueName such as {@code ALA}
 * @param residueNumber as the file numbers it, from 1 as a rule
 * @param chain the chain's letter, blank if the file has none
 */
public record Atom(String name, String element, String residueName, int residueNumber, char chain) {
  /** The residue's label, such as {@code ALA2}. */
  public String residue() {
    return residueName + residueNumber;
  }

  /** Whether this is a hydrogen. */
  public boolean isHydrogen() {
    return element.equals("H");
  }
}
