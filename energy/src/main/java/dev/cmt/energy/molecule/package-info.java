/**
 * Molecules as densities: internal coordinates for any molecule with a closed-form volume, the half
 * circles that keep the form of every centre, and the target that joins them with an energy.
 * Invariants: computations are float64, nm and radians; torsions follow the IUPAC sign; geometry
 * that cannot be built is NaN, never an exception.
 */
package dev.cmt.energy.molecule;
