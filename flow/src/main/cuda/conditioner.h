// What surrounds the matrix products of a conditioner: its input, activations that no product's epilogue covers, and the way
// back. Activations are [row][stride], a row of the batch after the other, so that a bias is the same down a column of the
// library's matrices; strides are padded to whole vectors, and padding is always 0.
#pragma once

#include "device.h"

namespace cmt {

const int NO_ACTIVATION = 0;
const int RELU = 1;
const int SILU = 2;

// x <- (x + by) mod 1 for by in (-1, 1); exact near the seam, where x + by would round towards 1. By 0 leaves x as it is.
CMT_DEVICE float shifted(float x, float by) {
  if (by > 0) return x < 1 - by ? x + by : x - (1 - by);
  return x < -by ? x + (1 + by) : x + by;
}

// Item i: one feature of a row. [cos 2πx of the circular columns, sin 2πx of them, x of the plain ones, zeros].
struct Encode {
  const int* columns;  // plain ones first
  int count, plain, stride, dimension;
  // Of circular columns: before they are looked at, and afterwards for the couplings to come.
  float shiftBefore, shiftAfter;
  float* state;
  float* input;

  CMT_DEVICE void operator()(int i) const {
    int row = i / stride, feature = i - row * stride;
    int circular = count - plain;
    float* x = state + (long)row * dimension;
    float* y = input + (long)row * stride;
    if (feature < circular) {
      float& at = x[columns[plain + feature]];
      float angle = shifted(at, shiftBefore);
      sincospif(2 * angle, &y[circular + feature], &y[feature]);
      at = shifted(angle, shiftAfter);
    } else if (feature >= 2 * circular) {
      y[feature] = feature < count + circular ? x[columns[feature - 2 * circular]] : 0;
    }
  }
};

// Item i: one conditioning column of a row. Adds to d loss/d state what reaches it through the conditioner's input.
struct EncodeBackward {
  const int* columns;
  int count, plain, stride, dimension;
  const float* input;
  const float* inputSlope;
  float* slope;

  CMT_DEVICE void operator()(int i) const {
    int row = i / count, c = i - row * count;
    int circular = count - plain;
    const float* y = input + (long)row * stride;
    const float* g = inputSlope + (long)row * stride;
    float& to = slope[(long)row * dimension + columns[c]];
    if (c < plain) {
      to += g[2 * circular + c];
    } else {
      int k = c - plain;
      to += 6.28318531f * (g[circular + k] * y[k] - g[k] * y[circular + k]);
    }
  }
};

CMT_DEVICE float logistic(float x) { return 1 / (1 + expf(-x)); }

// Item i: one value, y = x sigmoid(x).
struct Silu {
  const float* x;
  float* y;

  CMT_DEVICE void operator()(int i) const { y[i] = x[i] * logistic(x[i]); }
};

// How many rows one item of ActivationBackward takes: few enough to fill a GPU with a batch of a thousand.
const int BIAS_ROWS = 16;

// Item i: one feature of BIAS_ROWS rows. Turns d loss/d value into d loss/d (value before its activation), and leaves the sum
// over these rows, which BiasGradient adds up.
struct ActivationBackward {
  int rows, stride, activation;
  const float* value;   // of RELU: the values
  const float* before;  // of SILU: what they were before it
  float* slope;
  float* partial;  // of this layer's biases in the first block of rows
  int biases;      // of all layers

  CMT_DEVICE void operator()(int i) const {
    int block = i / stride, feature = i - block * stride;
    long first = (long)block * BIAS_ROWS * stride + feature;
    int count = rows - block * BIAS_ROWS;
    // All loads come before the first store, so that they are under way together.
    float g[BIAS_ROWS];
    CMT_UNROLL
    for (int r = 0; r < BIAS_ROWS; r++) g[r] = r < count ? through(first + (long)r * stride) : 0;
    float sum = 0;
    CMT_UNROLL
    for (int r = 0; r < BIAS_ROWS; r++) {
      if (r < count && activation != NO_ACTIVATION) slope[first + (long)r * stride] = g[r];
      sum += g[r];
    }
    partial[(long)block * biases + feature] = sum;
  }

 private:
  CMT_DEVICE float through(long at) const {
    if (activation == RELU) return value[at] > 0 ? slope[at] : 0;
    if (activation != SILU) return slope[at];
    float x = before[at], l = logistic(x);
    return slope[at] * (l + x * l * (1 - l));
  }
};

// Item i: one bias of any layer.
struct BiasGradient {
  int blocks, biases;
  const float* partial;
  float* gradient;

  CMT_DEVICE void operator()(int i) const {
    double sum = 0;
    for (int block = 0; block < blocks; block++) sum += partial[(long)block * biases + i];
    gradient[i] = (float)sum;
  }
};

}  // namespace cmt
