package dev.cmt.buffer;

/**
 * All samples of an annealing step, in the order of their batches whatever order they came in.
 *
 * @param step annealing step
 * @param rows rows of all batches that are there
 * @param dimension of u; 0 if there is no batch
 * @param batches the numbers of the batches that are there, ascending
 * @param u {@code [rows][dimension]} row-major
 * @param logQ {@code [rows]}, see {@link SampleBatch}
 * @param logP {@code [rows]}, see {@link SampleBatch}
 */
public record StepSamples(
    int step, int rows, int dimension, int[] batches, float[] u, double[] logQ, double[] logP) {}
