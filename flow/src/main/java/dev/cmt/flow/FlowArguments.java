package dev.cmt.flow;

/** What every engine refuses, in the same words. Each method returns if all is well. */
public final class FlowArguments {
  private FlowArguments() {}

  /**
   * Checks a batch's arrays.
   *
   * @param rows rows that count
   * @param least how many there must be at least
   * @param dimension coordinates a row
   * @param coordinates length of the array of coordinates
   * @param numbers length of the array of one number a row
   * @throws IllegalArgumentException naming all of these
   */
  public static void requireRows(int rows, int least, int dimension, int coordinates, int numbers) {
    if (rows < least || coordinates < (long) rows * dimension || numbers < rows) {
      throw new IllegalArgumentException(
          ("A batch of %d rows must have at least %d, and its arrays must hold %d coordinates a row"
                  + " and one number a row; they hold %d and %d.")
              .formatted(rows, least, dimension, coordinates, numbers));
    }
  }

  /**
   * Checks importance weights: a negative one would teach the flow to avoid its row.
   *
   * @param weights {@code [rows]}
   * @param rows how many of them count
   * @throws IllegalArgumentException naming the first that is negative or not finite
   */
  public static void requireWeights(double[] weights, int rows) {
    for (int row = 0; row < rows; row++) {
      if (!(weights[row] >= 0 && weights[row] < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "The weight of row %d (%s) must be finite and not negative; leave out rows without one."
                .formatted(row, weights[row]));
      }
    }
  }

  /**
   * Checks what a control variate needs.
   *
   * @param logProposal {@code [rows]}
   * @param control its coefficient
   * @param rows how many rows count
   * @throws IllegalArgumentException naming what is out of range
   */
  public static void requireControl(double[] logProposal, double control, int rows) {
    if (!(control >= 0 && control <= 1)) {
      throw new IllegalArgumentException(
          "The coefficient of the control variate (%s) must be in [0, 1].".formatted(control));
    }
    requireProposals(logProposal, rows);
  }

  /**
   * Checks the densities that rows were drawn from.
   *
   * @param logProposal {@code [rows]}
   * @param rows how many of them count
   * @throws IllegalArgumentException naming the first that is not finite
   */
  public static void requireProposals(double[] logProposal, int rows) {
    if (logProposal.length < rows) {
      throw new IllegalArgumentException(
          "The log-proposals (%d) must be one for each of %d rows."
              .formatted(logProposal.length, rows));
    }
    for (int row = 0; row < rows; row++) {
      if (!Double.isFinite(logProposal[row])) {
        throw new IllegalArgumentException(
            "The log-proposal of row %d (%s) must be finite; leave out rows without one."
                .formatted(row, logProposal[row]));
      }
    }
  }

  /**
   * Checks which rows of a buffer minibatches are made of.
   *
   * @param minibatchRows {@code [steps][batchSize]}
   * @param batchSize rows of a minibatch
   * @param rows rows of the buffer
   * @throws IllegalArgumentException if these are not whole minibatches, one at least, naming both
   *     sizes; or naming the first row that is not in the buffer
   */
  public static void requireMinibatches(int[] minibatchRows, int batchSize, int rows) {
    if (batchSize < 1 || minibatchRows.length == 0 || minibatchRows.length % batchSize != 0) {
      throw new IllegalArgumentException(
          "The rows of the minibatches (%d) must be a multiple of the batch size (%d), one at least."
              .formatted(minibatchRows.length, batchSize));
    }
    for (int k = 0; k < minibatchRows.length; k++) {
      if (minibatchRows[k] < 0 || minibatchRows[k] >= rows) {
        throw new IllegalArgumentException(
            "Row %d of minibatch %d (%d) must be one of the buffer's, from 0 to %d."
                .formatted(k % batchSize, k / batchSize, minibatchRows[k], rows - 1));
      }
    }
  }

  /**
   * Checks that a state belongs to a flow.
   *
   * @param parameterCount of the flow
   * @throws IllegalArgumentException naming the array that does not fit and both lengths
   */
  public static void requireState(FlowState state, int parameterCount) {
    requireLength("parameters", state.parameters().length, parameterCount);
    requireLength("first moments", state.firstMoment().length, parameterCount);
    requireLength("second moments", state.secondMoment().length, parameterCount);
  }

  private static void requireLength(String what, int length, int parameterCount) {
    if (length != parameterCount) {
      throw new IllegalArgumentException(
          "The %s of the state (%d numbers) must be %d, as many as the flow has parameters."
              .formatted(what, length, parameterCount));
    }
  }
}
