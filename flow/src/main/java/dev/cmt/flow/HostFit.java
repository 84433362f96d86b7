package dev.cmt.flow;

import java.util.ArrayList;
import java.util.List;

/** The fit of an engine that takes minibatches from the host: gathers each and trains on it. */
final class HostFit implements Fit {
  private final Flow flow;
  private final int rows;
  private float[] u;
  private double[] weights;
  private double[] logProposal;
  private float[] batchU = {};
  private double[] batchWeights = {};
  private double[] batchLogProposal = {};

  /** Keeps references; what {@link Flow#fit} promises to check was checked. */
  HostFit(Flow flow, float[] u, double[] weights, double[] logProposal, int rows) {
    this.flow = flow;
    this.rows = rows;
    this.u = u;
    this.weights = weights;
    this.logProposal = logProposal;
  }

  @Override
  public FitSlice train(
      int[] minibatchRows,
      int batchSize,
      boolean controlled,
      ControlVariate variate,
      OptimizerSettings settings) {
    if (u == null) {
      throw new IllegalStateException("The fit was closed; open another one.");
    }
    FlowArguments.requireMinibatches(minibatchRows, batchSize, rows);
    reserve(batchSize);
    int count = minibatchRows.length / batchSize;
    List<TrainingStep> steps = new ArrayList<>(count);
    ControlVariate learned = variate;
    for (int index = 0; index < count; index++) {
      gather(minibatchRows, index * batchSize, batchSize);
      double control = controlled ? learned.coefficient() : 0;
      TrainingStep step =
          flow.train(batchU, batchWeights, batchLogProposal, control, batchSize, settings);
      learned = learned.after(step);
      steps.add(step);
    }
    return new FitSlice(steps, learned);
  }

  private void reserve(int batchSize) {
    if (batchWeights.length != batchSize) {
      batchU = new float[Math.multiplyExact(batchSize, flow.architecture().dimension())];
      batchWeights = new double[batchSize];
      batchLogProposal = new double[batchSize];
    }
  }

  private void gather(int[] minibatchRows, int first, int batchSize) {
    int dimension = flow.architecture().dimension();
    for (int k = 0; k < batchSize; k++) {
      int row = minibatchRows[first + k];
      System.arraycopy(u, row * dimension, batchU, k * dimension, dimension);
      batchWeights[k] = weights[row];
      batchLogProposal[k] = logProposal[row];
    }
  }

  @Override
  public void close() {
    u = null;
    weights = null;
    logProposal = null;
  }
}
