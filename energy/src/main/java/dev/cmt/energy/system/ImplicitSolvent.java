package dev.cmt.energy.system;

/**
 * The implicit solvents a prmtop's radii can be used with, in water, with OpenMM's surface term.
 */
public enum ImplicitSolvent {
  /** None: the molecule in vacuo. */
  NONE,
  /**
   * The first model of Onufriev, Bashford and Case, Proteins 55, 383 (2004): AMBER's igb = 2,
   * OpenMM's OBC1.
   */
  OBC1,
  /** The second: AMBER's igb = 5, OpenMM's OBC2. */
  OBC2
}
