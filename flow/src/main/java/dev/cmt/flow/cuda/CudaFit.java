package dev.cmt.flow.cuda;

import dev.cmt.flow.ControlVariate;
import dev.cmt.flow.Fit;
import dev.cmt.flow.FitSlice;
import dev.cmt.flow.FlowArguments;
import dev.cmt.flow.OptimizerSettings;
import dev.cmt.flow.TrainingStep;
import java.util.List;

/**
 * A fit whose buffer lies on the device: a slice sends the numbers of its rows, and gets five
 * figures a step back.
 */
final class CudaFit implements Fit {
  private final CudaFlow flow;
  private final int rows;
  private boolean closed;

  CudaFit(CudaFlow flow, int rows) {
    this.flow = flow;
    this.rows = rows;
  }

  @Override
  public FitSlice train(
      int[] minibatchRows,
      int batchSize,
      boolean controlled,
      ControlVariate variate,
      OptimizerSettings settings) {
    if (closed) {
      throw new IllegalStateException("The fit was closed; open another one.");
    }
    FlowArguments.requireMinibatches(minibatchRows, batchSize, rows);
    double[] means = {variate.weightRatio(), variate.squaredRatio()};
    TrainingStep[] steps = flow.fit(minibatchRows, batchSize, controlled, means, settings);
    return new FitSlice(List.of(steps), new ControlVariate(means[0], means[1]));
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      flow.fitClosed();
    }
  }
}
