package dev.cmt.actors.cluster;

/**
 * Samples on their way to a node.
 *
 * @param run tells the run from others
 * @param assignment tells this handing-out of the batch from others
 * @param step annealing step
 * @param batch index within the step
 * @param columns unit coordinates of a row, at least 1
 * @param u {@code [rows][columns]} row-major unit coordinates
 */
public record Samples(long run, long assignment, int step, int batch, int columns, float[] u)
    implements ToNode, BulkMessage {
  /** Checks that the coordinates are whole rows. */
  public Samples {
    if (columns < 1 || u.length % columns != 0) {
      throw new IllegalArgumentException(
          "u holds %d numbers, which are no whole rows of %d.".formatted(u.length, columns));
    }
  }

  int rows() {
    return u.length / columns;
  }
}
