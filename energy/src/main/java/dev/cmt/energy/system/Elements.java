package dev.cmt.energy.system;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Chemical elements by number, symbol and covalent radius. Radii are those of Cordero et al.,
 * Dalton Trans. 2008, 2832, for the elements that molecules of biology and drugs are made of.
 */
public final class Elements {
  private static final List<String> SYMBOLS =
      List.of(
          ("H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As"
                  + " Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe")
              .split(" "));

  private static final Map<String, Double> COVALENT_RADIUS_NM =
      Map.ofEntries(
          Map.entry("H", 0.031),
          Map.entry("B", 0.084),
          Map.entry("C", 0.076),
          Map.entry("N", 0.071),
          Map.entry("O", 0.066),
          Map.entry("F", 0.057),
          Map.entry("Na", 0.166),
          Map.entry("Mg", 0.141),
          Map.entry("Si", 0.111),
          Map.entry("P", 0.107),
          Map.entry("S", 0.105),
          Map.entry("Cl", 0.102),
          Map.entry("K", 0.203),
          Map.entry("Ca", 0.176),
          Map.entry("Fe", 0.132),
          Map.entry("Cu", 0.132),
          Map.entry("Zn", 0.122),
          Map.entry("Se", 0.120),
          Map.entry("Br", 0.120),
          Map.entry("I", 0.139));

  private Elements() {}

  /**
   * The symbol of an element.
   *
   * @param number protons, from 1
   * @throws IllegalArgumentException if the table ends before it
   */
  public static String symbol(int number) {
    if (number < 1 || number > SYMBOLS.size()) {
      throw new IllegalArgumentException(
          "Atomic number %d must lie in 1 to %d.".formatted(number, SYMBOLS.size()));
    }
    return SYMBOLS.get(number - 1);
  }

  /** Whether this is the symbol of an element, such as {@code Cl}. */
  public static boolean isSymbol(String symbol) {
    return SYMBOLS.contains(symbol);
  }

  /** The covalent radius, nm; empty if the table does not have it. */
  public static OptionalDouble covalentRadiusNm(String symbol) {
    Double radius = COVALENT_RADIUS_NM.get(symbol);
    return radius == null ? OptionalDouble.empty() : OptionalDouble.of(radius);
  }
}
