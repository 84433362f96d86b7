/**
 * What a run is asked to do: run files (HOCON) read into immutable records. Every default and the
 * documentation of every key live in {@code reference.conf} and nowhere else. Invariants: a {@link
 * dev.cmt.actors.config.RunConfig} that exists is valid; a file that is not yields one exception
 * with all its problems.
 */
package dev.cmt.actors.config;
