/**
 * Densities with known answers, for trying a sampler in seconds. Invariants: kT = 1; the unit cube
 * maps to a box so large that what lies outside is below 1e-6 in log Z; no natives are needed.
 */
package dev.cmt.energy.toy;
