// What surrounds the matrix products of a conditioner: its input, its activations and the way back.
// Activations are feature-major: each feature a row of `stride` floats, one for each row of the batch.
// Included once for each instruction set; see isa.h.

// [cos 2πx of the circular columns, sin 2πx of them, x of the plain ones].
static void encode(const ConditionerInput& shape, const float* state, float* input) {
  int circular = shape.count - shape.plain;
  for (int i = 0; i < circular; i++) {
    const float* x = state + (long)shape.columns[shape.plain + i] * shape.stride;
    float* cosine = input + (long)i * shape.stride;
    float* sine = input + (long)(circular + i) * shape.stride;
    for (int b = 0; b < shape.padded; b += CMT_LANES) {
      Lanes c, s;
      circle(load(x + b), &c, &s);
      store(cosine + b, c);
      store(sine + b, s);
    }
  }
  for (int i = 0; i < shape.plain; i++) {
    const float* x = state + (long)shape.columns[i] * shape.stride;
    float* copy = input + (long)(2 * circular + i) * shape.stride;
    for (int b = 0; b < shape.padded; b += CMT_LANES) store(copy + b, load(x + b));
  }
}

// Adds to `slope`, d loss/d state, what reaches it through the conditioner's input.
static void encodeBackward(const ConditionerInput& shape, const float* input, const float* inputSlope, float* slope) {
  int circular = shape.count - shape.plain;
  for (int i = 0; i < circular; i++) {
    float* to = slope + (long)shape.columns[shape.plain + i] * shape.stride;
    long c = (long)i * shape.stride;
    long s = (long)(circular + i) * shape.stride;
    for (int b = 0; b < shape.padded; b += CMT_LANES) {
      Lanes turn = load(inputSlope + s + b) * load(input + c + b) - load(inputSlope + c + b) * load(input + s + b);
      store(to + b, load(to + b) + 6.28318531f * turn);
    }
  }
  for (int i = 0; i < shape.plain; i++) {
    float* to = slope + (long)shape.columns[i] * shape.stride;
    const float* from = inputSlope + (long)(2 * circular + i) * shape.stride;
    for (int b = 0; b < shape.padded; b += CMT_LANES) store(to + b, load(to + b) + load(from + b));
  }
}

// y = activation(y + bias). With `derivative` (training through SILU), keeps the activation's slope there.
static void biasActivate(float* y, int features, long stride, int padded, const float* bias, int activation, float* derivative) {
  for (int f = 0; f < features; f++) {
    float* row = y + f * stride;
    Lanes offset = all(bias[f]);
    if (activation == NO_ACTIVATION) {  // the first layer of some networks
      for (int b = 0; b < padded; b += CMT_LANES) store(row + b, load(row + b) + offset);
    } else if (activation == RELU) {
      for (int b = 0; b < padded; b += CMT_LANES) {
        Lanes x = load(row + b) + offset;
        store(row + b, x < 0.0f ? all(0.0f) : x);
      }
    } else {
      for (int b = 0; b < padded; b += CMT_LANES) {
        Lanes x = load(row + b) + offset;
        Lanes logistic = 1.0f / (1.0f + exponential(-x));
        Lanes value = x * logistic;
        store(row + b, value);
        if (derivative) store(derivative + f * stride + b, logistic + value * (1.0f - logistic));
      }
    }
  }
}

// Turns d loss/d value into d loss/d (value before its activation), and adds its sum over the rows to each bias's slope.
static void biasActivateBackward(float* slope, int features, long stride, int rows, const float* value, int activation,
                                 const float* derivative, float* biasSlope, bool add) {
  for (int f = 0; f < features; f++) {
    float* row = slope + f * stride;
    const float* y = value + f * stride;
    Lanes partial = all(0.0f);
    int whole = rows / CMT_LANES * CMT_LANES;
    for (int b = 0; b < whole; b += CMT_LANES) {
      Lanes g = load(row + b);
      if (activation == RELU) g = load(y + b) > 0.0f ? g : all(0.0f);
      if (activation == SILU) g *= load(derivative + f * stride + b);
      store(row + b, g);
      partial += g;
    }
    float sum = 0;
    for (int i = 0; i < CMT_LANES; i++) sum += partial[i];
    for (int b = whole; b < rows; b++) {
      float g = row[b];
      if (activation == RELU) g = y[b] > 0.0f ? g : 0.0f;
      if (activation == SILU) g *= derivative[f * stride + b];
      row[b] = g;
      sum += g;
    }
    biasSlope[f] = add ? biasSlope[f] + sum : sum;
  }
}

// x <- (x + by) mod 1 for by in (-1, 1).
static void shift(float* column, int padded, float by) {
  for (int b = 0; b < padded; b += CMT_LANES) {
    Lanes x = load(column + b);
    // x - (1 - by) is exact near the seam, where x + by would round towards 1.
    if (by > 0) {
      store(column + b, x < 1.0f - by ? x + by : x - (1.0f - by));
    } else {
      store(column + b, x < -by ? x + (1.0f + by) : x + by);
    }
  }
}

// Adds a truncated normal column's log-density to `logDensity`, without its constant.
static void addNormal(const float* column, int padded, float mean, float precision, double* logDensity) {
  for (int b = 0; b < padded; b += CMT_LANES) {
    Lanes offset = load(column + b) - mean;
    addWide(logDensity + b, -0.5f * precision * offset * offset);
  }
}

// The slope of `weights` times that column's log-density.
static void normalSlope(const float* column, int padded, float mean, float precision, const float* weights, float* slope) {
  for (int b = 0; b < padded; b += CMT_LANES) {
    store(slope + b, load(weights + b) * (precision * (mean - load(column + b))));
  }
}
