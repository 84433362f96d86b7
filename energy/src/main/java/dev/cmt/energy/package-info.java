/**
 * What is the density? A {@link dev.cmt.energy.Target} maps the unit cube to the space of a
 * physical system and says how likely each point is, exp(-E/kT). Nothing here knows flows, files of
 * a run or actors. Invariants: log-densities and log-volumes are float64 in the target's own (for
 * molecules: Cartesian) measure; a row that cannot be evaluated is NaN with a {@link
 * dev.cmt.energy.RowFailure}, never an exception.
 */
package dev.cmt.energy;
