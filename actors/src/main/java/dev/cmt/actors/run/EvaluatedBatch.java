package dev.cmt.actors.run;

/**
 * A batch with both log-densities in the target's own measure, on its way to the journal.
 *
 * @param sampled the samples
 * @param logQ {@code [rows]} log q(x) = log q(u) − log |dx/du|
 * @param logP {@code [rows]} log p̃(x); NaN where the row failed
 * @param logVolume {@code [rows]} log |dx/du|; NaN where the map failed
 * @param energySeconds what the worker took
 */
record EvaluatedBatch(
    SampledBatch sampled, double[] logQ, double[] logP, double[] logVolume, double energySeconds) {}
