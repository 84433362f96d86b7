package dev.cmt.energy;

/**
 * Evaluates batches of one target. Owned by one thread at a time; holds native contexts until
 * closed.
 */
public interface Evaluator extends AutoCloseable {
  /**
   * Evaluates a batch.
   *
   * @param u {@code [rows][dimension]} row-major unit coordinates in [0, 1]; not modified
   * @param rows how many rows of {@code u} count, at least 0
   * @return log-densities and volumes; a row that fails is data, not an exception
   * @throws IllegalArgumentException if {@code u} holds fewer than {@code rows} rows
   */
  Evaluation evaluate(float[] u, int rows);

  /**
   * One line for manifests: who computes, with what precision, on which instruction set or
   * platform.
   */
  String engineDescription();

  @Override
  void close();
}
