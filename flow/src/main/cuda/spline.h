// The monotone rational-quadratic spline on [0, 1] (Durkan, Bekasov, Murray, Papamakarios: Neural Spline Flows, 2019), its
// inverse and its vector-Jacobian product, one coordinate of one row an item. K is the number of bins where the compiler
// knows it, so that a spline lies in registers; 0 where only `bins` tells it.
//
// theta, a conditioner's output with its bias, is [row][stride]: [K][n] widths, [K][n] heights, [K][n] slopes, [plain]
// right-end slopes, padding. Neighbouring items are neighbouring coordinates and read neighbouring numbers.
#pragma once

#include "conditioner.h"

namespace cmt {

const int MAX_BINS = 64;
// FlowLayout.MIN_BIN and MIN_SLOPE.
const float MIN_BIN = 1e-3f;
const float MIN_SLOPE = 1e-3f;

struct SplineShape {
  const int* columns;  // of the state, plain ones first
  int transformed, plain, bins, stride, dimension;
  float shift;  // of circular columns: before the map to the base, after the map to the data
};

// At least two, which spares the compiler the thought of empty loops.
template <int K>
CMT_DEVICE int binCount(int bins) {
  if (K) return K;
  if (bins < 2) __builtin_unreachable();
  return bins;
}

CMT_DEVICE float clipped(float x) { return x < 0 ? 0 : x > 1 ? 1 : x; }  // a NaN stays

// The K values of one kind that belong to a coordinate, `step` apart.
template <int K>
CMT_DEVICE void softmax(const float* raw, int step, int bins, float* p) {
  const int count = binCount<K>(bins);
  float most = raw[0];
  CMT_UNROLL
  for (int k = 0; k < count; k++) {
    p[k] = raw[k * step];
    most = p[k] > most ? p[k] : most;
  }
  float sum = 0;
  CMT_UNROLL
  for (int k = 0; k < count; k++) {
    p[k] = expf(p[k] - most);
    sum += p[k];
  }
  float scale = 1 / sum;
  CMT_UNROLL
  for (int k = 0; k < count; k++) p[k] *= scale;
}

// log(1 + e^x) and its derivative.
CMT_DEVICE float softplus(float x, float* slope) {
  float e = expf(x > 0 ? -x : x);
  *slope = (x > 0 ? 1 : e) / (1 + e);
  return (x > 0 ? x : 0) + log1pf(e);
}

// The bin of a spline that a point lies in.
struct Knot {
  float left, width, bottom, height, slopeLeft, slopeRight, logisticLeft, logisticRight;
  int bin;
};

// Finds the bin whose extent along one axis holds x: its number, where it begins and how long it is.
template <int K>
CMT_DEVICE int find(const float* p, float x, int bins, float* begin, float* length) {
  const int count = binCount<K>(bins);
  const float spread = 1 - count * MIN_BIN;
  float extent = p[0] * spread + MIN_BIN;
  float edge = 0;
  int bin = 0;
  *begin = edge;
  *length = extent;
  CMT_UNROLL
  for (int k = 1; k < count; k++) {
    edge += extent;
    extent = p[k] * spread + MIN_BIN;
    bool beyond = x >= edge;
    *begin = beyond ? edge : *begin;
    *length = beyond ? extent : *length;
    bin = beyond ? k : bin;
  }
  return bin;
}

// Where a given bin begins along the other axis and how long it is there.
template <int K>
CMT_DEVICE void take(const float* p, int bin, int bins, float* begin, float* length) {
  const int count = binCount<K>(bins);
  const float spread = 1 - count * MIN_BIN;
  float extent = p[0] * spread + MIN_BIN;
  float edge = 0;
  *begin = edge;
  *length = extent;
  CMT_UNROLL
  for (int k = 1; k < count; k++) {
    edge += extent;
    extent = p[k] * spread + MIN_BIN;
    *begin = bin >= k ? edge : *begin;
    *length = bin >= k ? extent : *length;
  }
}

// One coordinate's numbers in theta.
struct SplineNumbers {
  float *widths, *heights, *slopes, *end;
  int step;

  CMT_DEVICE static SplineNumbers of(float* theta, const SplineShape& shape, int row, int j) {
    float* widths = theta + (long)row * shape.stride + j;
    int kind = shape.bins * shape.transformed;
    // A circular coordinate's right end is its left end.
    return {widths, widths + kind, widths + 2 * kind, widths + (j < shape.plain ? 3 : 2) * kind, shape.transformed};
  }

  // The slopes at both ends of the knot's bin, which are read alone.
  CMT_DEVICE void takeSlopes(int bins, Knot* knot) const {
    float high = knot->bin + 1 < bins ? slopes[(knot->bin + 1) * step] : *end;
    knot->slopeLeft = softplus(slopes[knot->bin * step], &knot->logisticLeft) + MIN_SLOPE;
    knot->slopeRight = softplus(high, &knot->logisticRight) + MIN_SLOPE;
  }
};

// What the map and its slope share, at the fraction t of a bin.
struct SplinePoint {
  float t, u, both, slope, inverseDenominator;

  CMT_DEVICE static SplinePoint of(const Knot& knot, float t, float slope) {
    float u = 1 - t;
    float both = t * u;
    return {t, u, both, slope, 1 / (slope + (knot.slopeLeft + knot.slopeRight - 2 * slope) * both)};
  }

  CMT_DEVICE float logSlope(const Knot& knot) const {
    float q = knot.slopeRight * t * t + 2 * slope * both + knot.slopeLeft * u * u;
    float ratio = slope * inverseDenominator;
    return logf(q * ratio * ratio);
  }
};

// Item i: one coordinate of a row. x -> y in the state, log dy/dx added to its sum of log-slopes; in training x is kept.
template <int K>
struct SplineForward {
  SplineShape shape;
  float* theta;
  float* state;
  float* before;  // [row][transformed], or null
  double* logSlopes;

  CMT_DEVICE void operator()(int i) const {
    int row = i / shape.transformed, j = i - row * shape.transformed;
    SplineNumbers numbers = SplineNumbers::of(theta, shape, row, j);
    long at = (long)row * shape.dimension + shape.columns[j];
    float x = j < shape.plain ? state[at] : shifted(state[at], shape.shift);
    float p[K ? K : MAX_BINS];
    Knot knot;
    softmax<K>(numbers.widths, numbers.step, shape.bins, p);
    knot.bin = find<K>(p, x, shape.bins, &knot.left, &knot.width);
    softmax<K>(numbers.heights, numbers.step, shape.bins, p);
    take<K>(p, knot.bin, shape.bins, &knot.bottom, &knot.height);
    numbers.takeSlopes(shape.bins, &knot);
    SplinePoint point = SplinePoint::of(knot, clipped((x - knot.left) / knot.width), knot.height / knot.width);
    float rise = (point.slope * point.t * point.t + knot.slopeLeft * point.both) * point.inverseDenominator;
    if (before) before[i] = x;
    state[at] = clipped(knot.bottom + knot.height * rise);
    logSlopes[at] += point.logSlope(knot);
  }
};

// Item i: one coordinate of a row. y -> x in the state, log dy/dx added to its sum of log-slopes.
template <int K>
struct SplineInverse {
  SplineShape shape;
  float* theta;
  float* state;
  double* logSlopes;

  CMT_DEVICE void operator()(int i) const {
    int row = i / shape.transformed, j = i - row * shape.transformed;
    SplineNumbers numbers = SplineNumbers::of(theta, shape, row, j);
    long at = (long)row * shape.dimension + shape.columns[j];
    float p[K ? K : MAX_BINS];
    Knot knot;
    softmax<K>(numbers.heights, numbers.step, shape.bins, p);
    knot.bin = find<K>(p, state[at], shape.bins, &knot.bottom, &knot.height);
    softmax<K>(numbers.widths, numbers.step, shape.bins, p);
    take<K>(p, knot.bin, shape.bins, &knot.left, &knot.width);
    numbers.takeSlopes(shape.bins, &knot);
    float s = knot.height / knot.width;
    // In units of the bin's height, so that low bins lose nothing to cancellation.
    float rise = clipped((state[at] - knot.bottom) / knot.height);
    float bend = rise * (knot.slopeLeft + knot.slopeRight - 2 * s);
    float a2 = s - knot.slopeLeft + bend;
    float a1 = knot.slopeLeft - bend;
    float a0 = -s * rise;
    float discriminant = a1 * a1 - 4 * a2 * a0;
    discriminant = discriminant < 0 ? 0 : discriminant;
    SplinePoint point = SplinePoint::of(knot, clipped(2 * a0 / (-a1 - sqrtf(discriminant))), s);
    float x = clipped(knot.left + knot.width * point.t);
    state[at] = j < shape.plain ? x : shifted(x, shape.shift);
    logSlopes[at] += point.logSlope(knot);
  }
};

// The gradient of a softmax: `before` belongs to every edge on the far side of a bin, `own` to the bin's length.
template <int K>
CMT_DEVICE void softmaxBackward(float* to, int step, int bins, const float* p, int bin, float before, float own) {
  const int count = binCount<K>(bins);
  const float spread = 1 - count * MIN_BIN;
  before *= spread;
  own *= spread;
  float mean = 0;
  CMT_UNROLL
  for (int k = 0; k < count; k++) mean += p[k] * (bin > k ? before : bin == k ? own : 0);
  CMT_UNROLL
  for (int k = 0; k < count; k++) to[k * step] = p[k] * ((bin > k ? before : bin == k ? own : 0) - mean);
}

// Item i: one coordinate of a row. Given d loss/dy in `slope` and d loss/d log q of each row in `factors`, turns theta into
// d loss/d theta and `slope` into d loss/dx.
template <int K>
struct SplineBackward {
  SplineShape shape;
  float* theta;
  const float* before;
  const float* factors;
  float* slope;

  CMT_DEVICE void operator()(int i) const {
    int row = i / shape.transformed, j = i - row * shape.transformed;
    const int count = binCount<K>(shape.bins);
    SplineNumbers numbers = SplineNumbers::of(theta, shape, row, j);
    float& to = slope[(long)row * shape.dimension + shape.columns[j]];
    float pw[K ? K : MAX_BINS];
    float ph[K ? K : MAX_BINS];
    Knot knot;
    float x = before[i];
    softmax<K>(numbers.widths, numbers.step, shape.bins, pw);
    softmax<K>(numbers.heights, numbers.step, shape.bins, ph);
    knot.bin = find<K>(pw, x, shape.bins, &knot.left, &knot.width);
    take<K>(ph, knot.bin, shape.bins, &knot.bottom, &knot.height);
    numbers.takeSlopes(shape.bins, &knot);
    float s = knot.height / knot.width;
    float raw = (x - knot.left) / knot.width;
    float t = clipped(raw);
    float u = 1 - t;
    float both = t * u;
    float tilt = 1 - 2 * t;
    float excess = knot.slopeLeft + knot.slopeRight - 2 * s;
    float inverseDenominator = 1 / (s + excess * both);
    float fraction = s * t * t + knot.slopeLeft * both;
    float q = knot.slopeRight * t * t + 2 * s * both + knot.slopeLeft * u * u;
    float gy = to;
    float gl = factors[row];
    // y = bottom + height * fraction / denominator; log dy/dx = 2 log s + log q - 2 log denominator.
    float gFraction = gy * knot.height * inverseDenominator;
    float gDenominator = -(gFraction * fraction + 2 * gl) * inverseDenominator;
    float gQ = gl / q;
    float gS = gFraction * t * t + gDenominator * (1 - 2 * both) + 2 * gQ * both + 2 * gl / s;
    float gT = gFraction * (2 * s * t + knot.slopeLeft * tilt) + gDenominator * excess * tilt +
               2 * gQ * (knot.slopeRight * t + s * tilt - knot.slopeLeft * u);
    gT = raw == t ? gT : 0;
    float gX = gT / knot.width;
    float gWidth = -(gX * t + gS * s / knot.width);
    float gHeight = gy * fraction * inverseDenominator + gS / knot.width;
    float gLeft = (gFraction * both + gDenominator * both + gQ * u * u) * knot.logisticLeft;
    float gRight = (gDenominator * both + gQ * t * t) * knot.logisticRight;
    to = gX;
    softmaxBackward<K>(numbers.widths, numbers.step, shape.bins, pw, knot.bin, -gX, gWidth);
    softmaxBackward<K>(numbers.heights, numbers.step, shape.bins, ph, knot.bin, gy, gHeight);
    float last = knot.bin == count - 1 ? gRight : 0;
    CMT_UNROLL
    for (int k = 0; k < count; k++) {
      float g = knot.bin == k ? gLeft : knot.bin == k - 1 ? gRight : 0;
      numbers.slopes[k * numbers.step] = k == 0 && j >= shape.plain ? g + last : g;
    }
    if (j < shape.plain) *numbers.end = last;
  }
};

}  // namespace cmt
