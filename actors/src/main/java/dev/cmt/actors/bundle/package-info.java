/**
 * Makes a folder that runs CMT on a Linux which has nothing but glibc: {@code ./cmt bundle}.
 * Invariants: a bundle is whole or not there at all; one build gives the same bytes each time;
 * nothing is fetched, all comes from the machine that makes it; what a bundle leaves out the
 * product says by name when asked for it.
 */
package dev.cmt.actors.bundle;
