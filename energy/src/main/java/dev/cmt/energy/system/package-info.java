/**
 * Molecules as users have them: an OpenMM System, a PDB topology, a conformation. Readers refuse
 * what they do not understand and name the line or element. Invariants: atoms are numbered from 0
 * in the order of the files, lengths are nm.
 */
package dev.cmt.energy.system;
