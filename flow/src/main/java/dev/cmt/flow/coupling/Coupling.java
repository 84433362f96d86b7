package dev.cmt.flow.coupling;

import java.util.List;

/**
 * One coupling layer: transforms some coordinates by splines whose parameters a conditioner network
 * computes from the others.
 *
 * <p>Both index arrays list their plain coordinates first, then their circular ones, each
 * ascending. The network's input is {@code [cos 2πx of the circular conditioning coordinates, sin
 * 2πx of them, x of the plain ones]}. Its output, for n transformed coordinates and K bins, is
 * bin-major: {@code [K][n] widths, [K][n] heights, [K][n] slopes, [plain] right-end slopes}; a
 * circular coordinate takes its left-end slope for its right end.
 *
 * @param transformed columns of u that change
 * @param plainTransformed how many of them are plain; they come first
 * @param conditioning columns of u that the network sees
 * @param plainConditioning how many of them are plain; they come first
 * @param layers the network's linear layers, input first
 */
public record Coupling(
    int[] transformed,
    int plainTransformed,
    int[] conditioning,
    int plainConditioning,
    List<LinearLayer> layers) {

  /** Circular coordinates among the transformed. */
  public int circularTransformed() {
    return transformed.length - plainTransformed;
  }

  /** Circular coordinates among the conditioning. */
  public int circularConditioning() {
    return conditioning.length - plainConditioning;
  }

  /** Width of the network's input. */
  public int inputWidth() {
    return plainConditioning + 2 * circularConditioning();
  }

  /**
   * Where a linear layer y = W x + b lies among the flow's parameters.
   *
   * @param inputs columns of W
   * @param outputs rows of W
   * @param weightOffset index of W, row-major {@code [outputs][inputs]}
   * @param biasOffset index of b, {@code [outputs]}
   */
  public record LinearLayer(int inputs, int outputs, int weightOffset, int biasOffset) {}
}
