// The monotone rational-quadratic spline on [0, 1] (Durkan, Bekasov, Murray, Papamakarios: Neural Spline Flows, 2019),
// its inverse and its vector-Jacobian product, many rows at a time. Included once for each instruction set; see isa.h.
//
// theta is [K][n] widths, [K][n] heights, [K][n] slopes, [plain] right-end slopes, each entry a row of `stride` floats to
// which its bias is still to be added: doing that here spares a pass over memory.
// K is the number of bins, known to the compiler where it is common, 0 where only `bins` tells it.

struct Knot {
  Lanes left, width, bottom, height, slopeLeft, slopeRight, logisticLeft, logisticRight;
  Mask bin;
};

// How many bins: at least two, which spares the compiler the thought of empty loops.
template <int K>
CMT_INLINE int binCount(int bins) {
  if (K) return K;
  if (bins < 2) __builtin_unreachable();
  return bins;
}

// The K values of one kind that belong to a coordinate: rows of theta `step` apart, biases `biasStep` apart.
struct Values {
  float* rows;
  long step;
  const float* bias;
  int biasStep;
};

CMT_INLINE Lanes value(const Values& of, int k, int row) { return load(of.rows + k * of.step + row) + of.bias[k * of.biasStep]; }

// Softmax of the K values of a row.
template <int K>
CMT_INLINE void softmax(const Values& from, int row, int bins, Lanes* p) {
  const int count = binCount<K>(bins);
  for (int k = 0; k < count; k++) p[k] = value(from, k, row);
  Lanes most = p[0];
  for (int k = 1; k < count; k++) most = atLeast(most, p[k]);
  Lanes sum = all(0.0f);
  for (int k = 0; k < count; k++) {
    p[k] = exponential(p[k] - most);
    sum += p[k];
  }
  Lanes scale = 1.0f / sum;
  for (int k = 0; k < count; k++) p[k] *= scale;
}

template <int K>
CMT_INLINE void loadAll(const float* from, long step, int bins, Lanes* p) {
  for (int k = 0; k < binCount<K>(bins); k++) p[k] = load(from + k * step);
}

template <int K>
CMT_INLINE void storeAll(float* to, long step, int bins, const Lanes* p) {
  for (int k = 0; k < binCount<K>(bins); k++) store(to + k * step, p[k]);
}

// Finds the bin whose extent along one axis holds x: its number, where it begins and how long it is.
template <int K>
CMT_INLINE Mask find(const Lanes* p, Lanes x, int bins, Lanes* begin, Lanes* length) {
  const int count = binCount<K>(bins);
  const float spread = 1 - count * MIN_BIN;
  Lanes extent = p[0] * spread + MIN_BIN;
  Lanes edge = all(0.0f);
  *begin = edge;
  *length = extent;
  Mask bin = Mask{};
  for (int k = 1; k < count; k++) {
    edge += extent;
    extent = p[k] * spread + MIN_BIN;
    Mask beyond = x >= edge;
    *begin = beyond ? edge : *begin;
    *length = beyond ? extent : *length;
    bin = beyond ? Mask{} + k : bin;
  }
  return bin;
}

// Where a given bin begins along the other axis and how long it is there.
template <int K>
CMT_INLINE void take(const Lanes* p, Mask bin, int bins, Lanes* begin, Lanes* length) {
  const int count = binCount<K>(bins);
  const float spread = 1 - count * MIN_BIN;
  Lanes extent = p[0] * spread + MIN_BIN;
  Lanes edge = all(0.0f);
  *begin = edge;
  *length = extent;
  for (int k = 1; k < count; k++) {
    edge += extent;
    extent = p[k] * spread + MIN_BIN;
    Mask beyond = bin >= k;
    *begin = beyond ? edge : *begin;
    *length = beyond ? extent : *length;
  }
}

template <int K>
CMT_INLINE void takeSlopes(const Values& slopes, const Values& right, int row, int bins, Knot* knot) {
  const int count = binCount<K>(bins);
  Lanes low = value(slopes, 0, row);
  Lanes high = value(slopes, 1, row);
  for (int k = 1; k < count; k++) {
    Mask beyond = knot->bin >= k;
    low = beyond ? value(slopes, k, row) : low;
    high = beyond ? (k + 1 < count ? value(slopes, k + 1, row) : value(right, 0, row)) : high;
  }
  knot->slopeLeft = softplus(low, &knot->logisticLeft) + MIN_SLOPE;
  knot->slopeRight = softplus(high, &knot->logisticRight) + MIN_SLOPE;
}

// One transformed coordinate's rows of theta.
struct SplineRows {
  Values widths, heights, slopes, right;

  CMT_INLINE SplineRows of(float* theta, const SplineShape& shape, int j) {
    auto kind = [&](int number) {
      int feature = number * shape.bins * shape.transformed + j;
      return Values{theta + feature * shape.stride, shape.transformed * shape.stride, shape.bias + feature, shape.transformed};
    };
    // A circular coordinate's right end is its left end.
    return {kind(0), kind(1), kind(2), j < shape.plain ? kind(3) : kind(2)};
  }
};

// Rows are taken in groups, stage by stage: one spline is a long chain of dependent operations, and only short loops let
// the processor work on several at once.
static const int GROUP = 8;

CMT_INLINE int groupSize(const SplineShape& shape, int row) {
  int left = (shape.padded - row) / CMT_LANES;
  return left < GROUP ? left : GROUP;
}

// The softmax of a group, written back to theta if `keep`.
template <int K>
CMT_INLINE void softmaxGroup(const Values& from, int b, int bins, int count, bool keep, Lanes p[][K ? K : MAX_BINS]) {
  for (int v = 0; v < count; v++) {
    int row = b + v * CMT_LANES;
    softmax<K>(from, row, bins, p[v]);
    if (keep) storeAll<K>(from.rows + row, from.step, bins, p[v]);
  }
}

template <int K>
CMT_INLINE void takeSlopesGroup(const SplineRows& rows, int b, int bins, int count, Knot* knots) {
  for (int v = 0; v < count; v++) {
    int row = b + v * CMT_LANES;
    takeSlopes<K>(rows.slopes, rows.right, row, bins, &knots[v]);
  }
}

// What the map and its slope share, at the fraction t of a bin.
struct Point {
  Lanes t, u, both, slope, inverseDenominator;

  CMT_INLINE Point of(const Knot& knot, Lanes t, Lanes slope) {
    Lanes u = 1.0f - t;
    Lanes both = t * u;
    return {t, u, both, slope, 1.0f / (slope + (knot.slopeLeft + knot.slopeRight - 2.0f * slope) * both)};
  }

  CMT_INLINE Lanes logSlope(const Knot& knot, const Point& at) {
    Lanes q = knot.slopeRight * at.t * at.t + 2.0f * at.slope * at.both + knot.slopeLeft * at.u * at.u;
    Lanes ratio = at.slope * at.inverseDenominator;
    return logarithm(q * ratio * ratio);
  }
};

// x -> y in place in `state`, adding log dy/dx to `logDensity`. With `before` (training), x is kept there and theta's
// widths and heights become their softmax, as splineBackward wants them.
template <int K>
static void splineForwardBins(const SplineShape& shape, float* theta, float* state, float* before, double* logDensity) {
  for (int j = 0; j < shape.transformed; j++) {
    SplineRows rows = SplineRows::of(theta, shape, j);
    float* column = state + (long)shape.columns[j] * shape.stride;
    for (int b = 0; b < shape.padded; b += GROUP * CMT_LANES) {
      Lanes p[GROUP][K ? K : MAX_BINS];
      Knot knots[GROUP];
      int count = groupSize(shape, b);
      softmaxGroup<K>(rows.widths, b, shape.bins, count, before, p);
      for (int v = 0; v < count; v++) {
        knots[v].bin = find<K>(p[v], load(column + b + v * CMT_LANES), shape.bins, &knots[v].left, &knots[v].width);
      }
      softmaxGroup<K>(rows.heights, b, shape.bins, count, before, p);
      for (int v = 0; v < count; v++) take<K>(p[v], knots[v].bin, shape.bins, &knots[v].bottom, &knots[v].height);
      takeSlopesGroup<K>(rows, b, shape.bins, count, knots);
      for (int v = 0; v < count; v++) {
        const Knot& knot = knots[v];
        int row = b + v * CMT_LANES;
        Lanes x = load(column + row);
        Lanes inverseWidth = 1.0f / knot.width;
        Point at = Point::of(knot, clip((x - knot.left) * inverseWidth, 0.0f, 1.0f), knot.height * inverseWidth);
        Lanes y = knot.bottom + knot.height * (at.slope * at.t * at.t + knot.slopeLeft * at.both) * at.inverseDenominator;
        addWide(logDensity + row, Point::logSlope(knot, at));
        if (before) store(before + (long)j * shape.stride + row, x);
        store(column + row, clip(y, 0.0f, 1.0f));
      }
    }
  }
}

// y -> x in place in `state`, subtracting log dx/dy from `logDensity`.
template <int K>
static void splineInverseBins(const SplineShape& shape, float* theta, float* state, double* logDensity) {
  for (int j = 0; j < shape.transformed; j++) {
    SplineRows rows = SplineRows::of(theta, shape, j);
    float* column = state + (long)shape.columns[j] * shape.stride;
    for (int b = 0; b < shape.padded; b += GROUP * CMT_LANES) {
      Lanes p[GROUP][K ? K : MAX_BINS];
      Knot knots[GROUP];
      int count = groupSize(shape, b);
      softmaxGroup<K>(rows.heights, b, shape.bins, count, false, p);
      for (int v = 0; v < count; v++) {
        knots[v].bin = find<K>(p[v], load(column + b + v * CMT_LANES), shape.bins, &knots[v].bottom, &knots[v].height);
      }
      softmaxGroup<K>(rows.widths, b, shape.bins, count, false, p);
      for (int v = 0; v < count; v++) take<K>(p[v], knots[v].bin, shape.bins, &knots[v].left, &knots[v].width);
      takeSlopesGroup<K>(rows, b, shape.bins, count, knots);
      for (int v = 0; v < count; v++) {
        const Knot& knot = knots[v];
        int row = b + v * CMT_LANES;
        Lanes s = knot.height / knot.width;
        // In units of the bin's height, so that low bins lose nothing to cancellation.
        Lanes rise = clip((load(column + row) - knot.bottom) / knot.height, 0.0f, 1.0f);
        Lanes bend = rise * (knot.slopeLeft + knot.slopeRight - 2.0f * s);
        Lanes a2 = s - knot.slopeLeft + bend;
        Lanes a1 = knot.slopeLeft - bend;
        Lanes a0 = -s * rise;
        Lanes discriminant = a1 * a1 - 4.0f * a2 * a0;
        discriminant = discriminant < 0.0f ? all(0.0f) : discriminant;
        Point at = Point::of(knot, clip(2.0f * a0 / (-a1 - squareRoot(discriminant)), 0.0f, 1.0f), s);
        addWide(logDensity + row, Point::logSlope(knot, at));
        store(column + row, clip(knot.left + knot.width * at.t, 0.0f, 1.0f));
      }
    }
  }
}

// The gradient of a softmax: `before` belongs to every edge on the far side of a bin, `own` to the bin's length.
template <int K>
CMT_INLINE void softmaxBackward(float* to, long step, int bins, const Lanes* p, Mask bin, Lanes before, Lanes own) {
  const int count = binCount<K>(bins);
  const float spread = 1 - count * MIN_BIN;
  before *= spread;
  own *= spread;
  Lanes mean = all(0.0f);
  for (int k = 0; k < count; k++) {
    Lanes g = bin > k ? before : bin == k ? own : all(0.0f);
    mean += p[k] * g;
  }
  for (int k = 0; k < count; k++) {
    Lanes g = bin > k ? before : bin == k ? own : all(0.0f);
    store(to + k * step, p[k] * (g - mean));
  }
}

// Given d loss/dy in `slope` and d loss/d log q of each row in `weights`, turns theta (as splineForward left it) into
// d loss/d theta and `slope` into d loss/dx.
template <int K>
static void splineBackwardBins(const SplineShape& shape, float* theta, const float* before, const float* weights, float* slope) {
  const int count = binCount<K>(shape.bins);
  for (int j = 0; j < shape.transformed; j++) {
    SplineRows rows = SplineRows::of(theta, shape, j);
    float* column = slope + (long)shape.columns[j] * shape.stride;
    for (int b = 0; b < shape.padded; b += CMT_LANES) {
      Lanes pw[K ? K : MAX_BINS];
      Lanes ph[K ? K : MAX_BINS];
      Knot knot;
      Lanes x = load(before + (long)j * shape.stride + b);
      loadAll<K>(rows.widths.rows + b, rows.widths.step, shape.bins, pw);
      loadAll<K>(rows.heights.rows + b, rows.heights.step, shape.bins, ph);
      knot.bin = find<K>(pw, x, shape.bins, &knot.left, &knot.width);
      take<K>(ph, knot.bin, shape.bins, &knot.bottom, &knot.height);
      takeSlopes<K>(rows.slopes, rows.right, b, shape.bins, &knot);
      Lanes inverseWidth = 1.0f / knot.width;
      Lanes s = knot.height * inverseWidth;
      Lanes raw = (x - knot.left) * inverseWidth;
      Lanes t = clip(raw, 0.0f, 1.0f);
      Lanes u = 1.0f - t;
      Lanes both = t * u;
      Lanes tilt = 1.0f - 2.0f * t;
      Lanes excess = knot.slopeLeft + knot.slopeRight - 2.0f * s;
      Lanes inverseDenominator = 1.0f / (s + excess * both);
      Lanes fraction = s * t * t + knot.slopeLeft * both;
      Lanes q = knot.slopeRight * t * t + 2.0f * s * both + knot.slopeLeft * u * u;
      Lanes gy = load(column + b);
      Lanes gl = load(weights + b);
      // y = bottom + height * fraction / denominator; log dy/dx = 2 log s + log q - 2 log denominator.
      Lanes gFraction = gy * knot.height * inverseDenominator;
      Lanes gDenominator = -(gFraction * fraction + 2.0f * gl) * inverseDenominator;
      Lanes gQ = gl / q;
      Lanes gS = gFraction * t * t + gDenominator * (1.0f - 2.0f * both) + 2.0f * gQ * both + 2.0f * gl / s;
      Lanes gT = gFraction * (2.0f * s * t + knot.slopeLeft * tilt) + gDenominator * excess * tilt +
                 2.0f * gQ * (knot.slopeRight * t + s * tilt - knot.slopeLeft * u);
      gT = raw == t ? gT : all(0.0f);
      Lanes gX = gT * inverseWidth;
      Lanes gWidth = -(gX * t + gS * s * inverseWidth);
      Lanes gHeight = gy * fraction * inverseDenominator + gS * inverseWidth;
      Lanes gLeft = (gFraction * both + gDenominator * both + gQ * u * u) * knot.logisticLeft;
      Lanes gRight = (gDenominator * both + gQ * t * t) * knot.logisticRight;
      store(column + b, gX);
      softmaxBackward<K>(rows.widths.rows + b, rows.widths.step, shape.bins, pw, knot.bin, -gX, gWidth);
      softmaxBackward<K>(rows.heights.rows + b, rows.heights.step, shape.bins, ph, knot.bin, gy, gHeight);
      Lanes last = knot.bin == count - 1 ? gRight : all(0.0f);
      for (int k = 0; k < count; k++) {
        Lanes g = knot.bin == k ? gLeft : knot.bin == k - 1 ? gRight : all(0.0f);
        if (k == 0 && j >= shape.plain) g += last;
        store(rows.slopes.rows + b + k * rows.slopes.step, g);
      }
      if (j < shape.plain) store(rows.right.rows + b, last);
    }
  }
}

static void splineForward(const SplineShape& shape, float* theta, float* state, float* before, double* logDensity) {
  if (shape.bins == 8) return splineForwardBins<8>(shape, theta, state, before, logDensity);
  if (shape.bins == 16) return splineForwardBins<16>(shape, theta, state, before, logDensity);
  splineForwardBins<0>(shape, theta, state, before, logDensity);
}

static void splineInverse(const SplineShape& shape, float* theta, float* state, double* logDensity) {
  if (shape.bins == 8) return splineInverseBins<8>(shape, theta, state, logDensity);
  if (shape.bins == 16) return splineInverseBins<16>(shape, theta, state, logDensity);
  splineInverseBins<0>(shape, theta, state, logDensity);
}

static void splineBackward(const SplineShape& shape, float* theta, const float* before, const float* weights, float* slope) {
  if (shape.bins == 8) return splineBackwardBins<8>(shape, theta, before, weights, slope);
  if (shape.bins == 16) return splineBackwardBins<16>(shape, theta, before, weights, slope);
  splineBackwardBins<0>(shape, theta, before, weights, slope);
}
