/**
 * JMH benchmarks of the hot loops, run by hand (CONTRIBUTING.md tells how): for changes to one
 * loop, where {@code ./cmt bench} compares engines. Invariant: inputs are keyed and made in set-up,
 * so that two builds measure the same work.
 */
package dev.cmt.test.jmh;
