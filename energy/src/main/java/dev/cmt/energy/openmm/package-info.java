/**
 * Energies by OpenMM, reached through a C++ shim of ours and JavaCPP. Invariants: the native
 * library is loaded once and its absence is reported with its mend; a context belongs to one thread
 * and uses one; no exception of a single row leaves a batch.
 */
package dev.cmt.energy.openmm;
