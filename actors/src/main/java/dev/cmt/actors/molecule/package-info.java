/**
 * Makes a target of a user's molecule: reads its files, looks for what a target cannot have,
 * minimises, finds internal coordinates, validates, and writes a directory that configs name by
 * {@code target.directory}. Invariants: a directory appears whole or not at all; one whose
 * validation failed says so and is refused by every run.
 */
package dev.cmt.actors.molecule;
