/**
 * Is what a run left whole, and does it follow from what was journalled? Checks of every file of a
 * run directory, and the annealing computed again from the sample ledger. Invariants: nothing is
 * written and no lock is taken, so a run under way can be looked at; a check that cannot be made
 * says so; every finding names the file, the place in it and what {@code train} would do.
 */
package dev.cmt.actors.audit;
