/**
 * Whether a molecule that nobody prepared became a sound target: its map inverts and has the volume
 * it says, its energies come out of two engines alike and do not change when the molecule turns,
 * its minimum is one. Invariants: every check says what was measured and what is allowed; a check
 * that cannot be made is a note that says so, never a pass; random conformations are keyed by a
 * seed.
 */
package dev.cmt.energy.validation;
