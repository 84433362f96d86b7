/**
 * Files that others read and write: NumPy arrays (.npy, .npz), trajectories (.dcd) and structures
 * (.pdb). Invariants: conformations are {@code [frames][atoms][3]} in nm in memory, whatever unit
 * the file has; a malformed file is an {@link java.io.IOException} that names the file and what is
 * wrong with it, never a wrong number; files larger than memory can be read and written frame by
 * frame.
 */
package dev.cmt.energy.io;
