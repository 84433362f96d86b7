package dev.cmt.actors.bench;

/**
 * How far a benchmark has come.
 *
 * @param now what is measured at the moment, for people
 * @param done the part that is done, 0 to 1
 */
public record Progress(String now, double done) {}
