package dev.cmt.actors.cluster;

/**
 * What a node has done since it joined.
 *
 * @param rows rows evaluated
 * @param batches batches evaluated
 * @param refused batches that could not be evaluated
 * @param busySeconds time its workers spent evaluating, added up
 * @param heapUsedBytes heap in use
 * @param heapMaxBytes heap it may use
 * @param gcSeconds time its garbage collectors took since it started
 */
public record NodeFigures(
    long rows,
    long batches,
    long refused,
    double busySeconds,
    long heapUsedBytes,
    long heapMaxBytes,
    double gcSeconds) {}
