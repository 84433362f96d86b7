/**
 * Molecules as densities: internal coordinates with a closed-form volume, the half-ranges that pick
 * one mirror image and one labelling of hydrogens, and the target that joins them with an energy.
 * Invariants: computations are float64, nm and radians; torsions follow the IUPAC sign; geometry
 * that cannot be built is NaN, never an exception.
 */
package dev.cmt.energy.molecule;
