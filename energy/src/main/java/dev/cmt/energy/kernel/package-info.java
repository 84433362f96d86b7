/**
 * Energies and forces of many conformations at once: a native kernel that evaluates one molecule's
 * force field on 2 to 16 conformations in step, one a vector lane. {@link
 * dev.cmt.energy.kernel.ForceFieldTerms} reads what the kernel knows from a serialized OpenMM
 * System; {@link dev.cmt.energy.kernel.BatchedEnergy} evaluates it, {@link
 * dev.cmt.energy.kernel.BatchedMappedEnergy} from unit coordinates on. Invariants: a System with
 * anything in it that the kernel does not know is refused, never approximated; energies are
 * OpenMM's (double precision: to rounding); what is bad in one conformation shows in its row only.
 */
package dev.cmt.energy.kernel;
