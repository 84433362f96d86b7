package dev.cmt.flow.djl;

import static dev.cmt.flow.djl.NativeCopies.times;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.cmt.flow.coupling.FlowLayout;

/**
 * The splines of one coupling for a batch, as tensors: {@link
 * dev.cmt.flow.spline.RationalQuadraticSpline} for rows × coordinates at once. Knots and slopes are
 * {@code [rows][bins + 1][coordinates]}; a bin is found by counting the inner knots at or below a
 * point. Belongs to the manager of the raw parameters.
 */
final class SplineTensors {
  private final NDArray x;
  private final NDArray y;
  private final NDArray slopes;
  private final int bins;

  /**
   * Where points went.
   *
   * @param values {@code [rows][coordinates]} in [0, 1]
   * @param logSlopes {@code [rows]} float64, log of the map's derivative summed over coordinates
   */
  record Image(NDArray values, NDArray logSlopes) {}

  /** One bin per row and coordinate: its corner, sides and slopes at both ends. */
  private record Bin(
      NDArray x, NDArray width, NDArray y, NDArray height, NDArray left, NDArray right) {}

  /**
   * Splines from a conditioner's output.
   *
   * @param raw {@code [rows][3 · bins · coordinates + plain]} laid out as in {@link
   *     dev.cmt.flow.coupling.Coupling}
   * @param coordinates how many coordinates are transformed
   * @param plain how many of them are plain; they come first
   * @param bins bins of each spline
   */
  SplineTensors(NDArray raw, int coordinates, int plain, int bins) {
    this.bins = bins;
    long rows = raw.getShape().get(0);
    Shape block = new Shape(rows, bins, coordinates);
    long size = (long) bins * coordinates;
    NDArray rawEnd = null;
    NDList parts;
    if (plain == 0) {
      parts = raw.split(new long[] {size, 2 * size}, 1);
    } else {
      parts = raw.split(new long[] {size, 2 * size, 3 * size}, 1);
      rawEnd = parts.get(3).expandDims(1);
    }
    x = knots(parts.get(0).reshape(block));
    y = knots(parts.get(1).reshape(block));
    slopes = slopes(parts.get(2).reshape(block), rawEnd, plain);
  }

  /** Data to base: the branch densities use. Points outside [0, 1] are clamped. */
  Image forward(NDArray points) {
    NDArray at = points.clip(0, 1);
    Bin bin = bin(x, at);
    NDArray theta = at.sub(bin.x()).div(bin.width()).clip(0, 1);
    NDArray s = bin.height().div(bin.width());
    NDArray mixed = theta.mul(theta.neg().add(1));
    NDArray denominator = s.add(bin.left().add(bin.right()).sub(times(2, s)).mul(mixed));
    NDArray numerator = s.mul(theta.square()).add(bin.left().mul(mixed));
    NDArray values = bin.y().add(bin.height().mul(numerator).div(denominator));
    return new Image(values, sum(logSlope(bin, s, theta, mixed, denominator)));
  }

  /** Base to data: the branch samples use. Points outside [0, 1] are clamped. */
  Image inverse(NDArray points) {
    NDArray at = points.clip(0, 1);
    Bin bin = bin(y, at);
    NDArray s = bin.height().div(bin.width());
    NDArray above = at.sub(bin.y());
    NDArray bend = bin.left().add(bin.right()).sub(times(2, s));
    NDArray curvature = above.mul(bend);
    NDArray a = bin.height().mul(s.sub(bin.left())).add(curvature);
    NDArray b = bin.height().mul(bin.left()).sub(curvature);
    NDArray c = s.mul(above).neg();
    // Rounding can push the discriminant of a root at a knot below zero.
    NDArray root = b.square().sub(times(4, a.mul(c))).getNDArrayInternal().relu().sqrt();
    NDArray theta = times(2, c).div(b.neg().sub(root)).clip(0, 1);
    NDArray values = bin.x().add(theta.mul(bin.width())).clip(0, 1);
    NDArray mixed = theta.mul(theta.neg().add(1));
    NDArray denominator = s.add(bend.mul(mixed));
    return new Image(values, sum(logSlope(bin, s, theta, mixed, denominator)).neg());
  }

  private static NDArray logSlope(
      Bin bin, NDArray s, NDArray theta, NDArray mixed, NDArray denominator) {
    NDArray numerator =
        bin.right()
            .mul(theta.square())
            .add(times(2, s.mul(mixed)))
            .add(bin.left().mul(theta.neg().add(1).square()));
    return times(2, s.div(denominator).log()).add(numerator.log());
  }

  private static NDArray sum(NDArray logSlopes) {
    // DJL's toType cuts the gradient; a product with a float64 array widens and keeps it.
    NDArray one = logSlopes.getManager().ones(new Shape(1), DataType.FLOAT64);
    return logSlopes.mul(one).sum(new int[] {1});
  }

  private Bin bin(NDArray knots, NDArray at) {
    NDArray inner = knots.get(":, 1:" + bins);
    // NaN is not at or above any knot: it falls into bin 0 and stays NaN.
    NDArray index =
        at.expandDims(1).gte(inner).toType(DataType.INT64, false).sum(new int[] {1}, true);
    NDArray next = index.add(1);
    NDArray left = pick(x, index);
    NDArray bottom = pick(y, index);
    return new Bin(
        left,
        pick(x, next).sub(left),
        bottom,
        pick(y, next).sub(bottom),
        pick(slopes, index),
        pick(slopes, next));
  }

  private static NDArray pick(NDArray knots, NDArray index) {
    return knots.gather(index, 1).squeeze(1);
  }

  private NDArray knots(NDArray raw) {
    double free = 1 - bins * FlowLayout.MIN_BIN;
    NDArray sizes = times(free, raw.softmax(1)).add(FlowLayout.MIN_BIN);
    NDArray inner = sizes.cumSum(1).get(":, :" + (bins - 1));
    NDManager manager = raw.getManager();
    Shape edge = new Shape(raw.getShape().get(0), 1, raw.getShape().get(2));
    // The ends are pinned: a running sum would miss 1 by rounding.
    return manager
        .zeros(edge, raw.getDataType())
        .concat(inner, 1)
        .concat(manager.ones(edge, raw.getDataType()), 1);
  }

  private static NDArray slopes(NDArray raw, NDArray rawEnd, int plain) {
    long coordinates = raw.getShape().get(2);
    NDArray first = raw.get(":, :1");
    NDArray end = first;
    if (rawEnd != null) {
      end = plain == coordinates ? rawEnd : rawEnd.concat(first.get(":, :, " + plain + ":"), 2);
    }
    return raw.concat(end, 1).getNDArrayInternal().softPlus().add(FlowLayout.MIN_SLOPE);
  }
}
