// A share of the batch: takes its rows from end to end through the flow on the calling thread.
#pragma once

#include <algorithm>
#include <cmath>

#include "architecture.h"
#include "arena.h"
#include "gemm.h"

namespace cmt {

// What a row's log q counts in the loss: its weight less the control variate, times `scale`.
struct RowFactor {
  const double *weights, *logProposal;
  double control, maxRatio, scale;

  double operator()(int row, double logDensity) const {
    return scale * (weights[row] - control * std::min(std::exp(logDensity - logProposal[row]), maxRatio));
  }
};

class Shard {
 public:
  Shard(const Architecture& architecture, const float* parameters, const Isa& isa, Gemm gemm)
      : flow(architecture), parameters(parameters), isa(isa), gemm(gemm) {
    scratch.reset(gemm.scratch);
  }

  // u[rows][dimension] -> its image in the base in its place, log q[rows].
  void logDensity(float* u, int rows, double* logq) {
    SingleThreaded guard;
    blocks(rows, INFERENCE_ROWS, [&](int first, int count) {
      layOut(count, false);
      read(u + (long)first * flow.dimension);
      toBase(false);
      addBase();
      write(u + (long)first * flow.dimension);
      std::copy(logDensities, logDensities + count, logq + first);
    });
  }

  // z[rows][dimension], drawn from the base -> u in its place, log q[rows].
  void sample(float* z, int rows, double* logq) {
    SingleThreaded guard;
    blocks(rows, INFERENCE_ROWS, [&](int first, int count) {
      layOut(count, false);
      read(z + (long)first * flow.dimension);
      addBase();
      toData();
      write(z + (long)first * flow.dimension);
      std::copy(logDensities, logDensities + count, logq + first);
    });
  }

  // Also d/d parameters of the sum of factor(r) log q(u[r]), overwriting `gradient`[parameterCount].
  void gradient(const float* u, const RowFactor& factor, int rows, double* logq, float* gradient) {
    SingleThreaded guard;
    blocks(rows, TRAINING_ROWS, [&](int first, int count) {
      layOut(count, true);
      read(u + (long)first * flow.dimension);
      toBase(true);
      addBase();
      std::copy(logDensities, logDensities + count, logq + first);
      std::fill(rowWeights, rowWeights + padded, 0.0f);
      for (int r = 0; r < count; r++) rowWeights[r] = (float)factor(first + r, logDensities[r]);
      backward(gradient, first > 0);
    });
  }

 private:
  // What a coupling's way back needs: kept for each coupling in training, shared by all otherwise.
  struct Tape {
    float* input;
    std::vector<float*> hidden, derivatives;
    float* theta;
    float* before;
  };

  // Blocks keep a coupling's matrices in cache; small ones make the products inefficient.
  static const int INFERENCE_ROWS = 256;
  static const int TRAINING_ROWS = 512;

  template <typename Body>
  void blocks(int total, int most, Body body) {
    int count = (total + most - 1) / most;
    for (int i = 0; i < count; i++) {
      int first = (int)((long)total * i / count);
      body(first, (int)((long)total * (i + 1) / count) - first);
    }
  }

  // Hands out the workspace for so many rows. Everything about it follows from the arguments, so that results do not
  // depend on what was computed before.
  void layOut(int count, bool training) {
    if (count == rows && training == taped) return;
    rows = count;
    taped = training;
    padded = (count + 15) / 16 * 16;
    // An odd number of cache lines spreads a column of features over all sets of the cache.
    stride = padded / 16 % 2 ? padded : padded + 16;
    int widest = 0;
    for (const Coupling& coupling : flow.couplings) {
      for (const Linear& layer : coupling.layers) widest = std::max(widest, layer.inputs);
    }
    long taken = 0;
    for (const Coupling& coupling : flow.couplings) {
      long needed = tapeFeatures(coupling);
      taken = training ? taken + needed : std::max(taken, needed);
    }
    // After the tapes: two of the state, log-densities in double, row weights, two of the widest layer.
    workspace.reset((taken + 2 * flow.dimension + 3 + 2 * widest) * stride);
    state = workspace.take(flow.dimension * stride);
    slope = workspace.take(flow.dimension * stride);
    logDensities = reinterpret_cast<double*>(workspace.take(2 * stride));
    rowWeights = workspace.take(stride);
    spare[0] = workspace.take(widest * stride);
    spare[1] = workspace.take(widest * stride);
    tapes.resize(flow.couplings.size());
    float* shared = training ? nullptr : workspace.take(0);
    for (size_t c = 0; c < flow.couplings.size(); c++) layOutTape(flow.couplings[c], tapes[c], shared);
  }

  long tapeFeatures(const Coupling& coupling) const {
    long features = coupling.layers[0].inputs + (long)coupling.transformed.size();
    for (const Linear& layer : coupling.layers) features += (layer.activation == SILU ? 2L : 1L) * layer.outputs;
    return features;
  }

  void layOutTape(const Coupling& coupling, Tape& tape, float* shared) {
    auto take = [&](long features) {
      float* taken = shared ? shared : workspace.take(features * stride);
      if (shared) shared += features * stride;
      return taken;
    };
    size_t hidden = coupling.layers.size() - 1;
    tape.input = take(coupling.layers[0].inputs);
    tape.theta = take(coupling.layers[hidden].outputs);
    tape.before = taped ? take((long)coupling.transformed.size()) : nullptr;
    tape.hidden.assign(hidden, nullptr);
    tape.derivatives.assign(hidden, nullptr);
    for (size_t l = 0; l < hidden; l++) {
      const Linear& layer = coupling.layers[l];
      tape.hidden[l] = taped ? take(layer.outputs) : spare[l % 2];
      if (taped && layer.activation == SILU) tape.derivatives[l] = take(layer.outputs);
    }
  }

  // Rows to features, clamped to [0, 1]. Rows of padding lie at 1/2 and count for nothing.
  void read(const float* u) {
    for (int c = 0; c < flow.dimension; c++) {
      float* column = state + c * stride;
      for (int r = 0; r < rows; r++) {
        float x = u[(long)r * flow.dimension + c];
        column[r] = x < 0 ? 0 : x > 1 ? 1 : x;
      }
      for (int r = rows; r < padded; r++) column[r] = 0.5f;
    }
    std::fill(logDensities, logDensities + padded, 0.0);
  }

  void write(float* u) const {
    for (int c = 0; c < flow.dimension; c++) {
      for (int r = 0; r < rows; r++) u[(long)r * flow.dimension + c] = state[c * stride + r];
    }
  }

  SplineShape splineShape(const Coupling& coupling) const {
    return {coupling.transformed.data(), parameters + coupling.layers.back().biasOffset, (int)coupling.transformed.size(),
            coupling.plainTransformed, flow.bins, padded, stride};
  }

  ConditionerInput inputShape(const Coupling& coupling) const {
    return {coupling.conditioning.data(), (int)coupling.conditioning.size(), coupling.plainConditioning, padded, stride};
  }

  void shiftCircular(float by) {
    for (int column : flow.circularColumns) isa.shift(state + column * stride, padded, by);
  }

  // Runs a coupling's network on the state; its output, but for the last layer's bias, is the tape's theta.
  void condition(const Coupling& coupling, Tape& tape) {
    isa.encode(inputShape(coupling), state, tape.input);
    const float* x = tape.input;
    for (size_t l = 0; l < coupling.layers.size(); l++) {
      const Linear& layer = coupling.layers[l];
      bool last = l + 1 == coupling.layers.size();
      float* y = last ? tape.theta : tape.hidden[l];
      gemm.multiply(false, false, layer.outputs, rows, layer.inputs, parameters + layer.weightOffset, layer.inputs, x, stride, 0, y,
                    stride, scratch.start());
      if (!last) {
        isa.biasActivate(y, layer.outputs, stride, padded, parameters + layer.biasOffset, layer.activation, tape.derivatives[l]);
      }
      x = y;
    }
  }

  void toBase(bool keep) {
    for (size_t c = flow.couplings.size(); c-- > 0;) {
      if (c % 2 == 1) shiftCircular(-flow.shifts[c / 2]);
      const Coupling& coupling = flow.couplings[c];
      condition(coupling, tapes[c]);
      isa.splineForward(splineShape(coupling), tapes[c].theta, state, keep ? tapes[c].before : nullptr, logDensities);
    }
  }

  void toData() {
    for (size_t c = 0; c < flow.couplings.size(); c++) {
      const Coupling& coupling = flow.couplings[c];
      condition(coupling, tapes[c]);
      isa.splineInverse(splineShape(coupling), tapes[c].theta, state, logDensities);
      if (c % 2 == 1) shiftCircular(flow.shifts[c / 2]);
    }
  }

  void addBase() {
    for (int column : flow.normalColumns) {
      isa.addNormal(state + column * stride, padded, flow.normalMean, flow.normalPrecision, logDensities);
    }
    double constant = flow.normalColumns.size() * flow.logNormalizer;
    for (int r = 0; r < rows; r++) logDensities[r] -= constant;
  }

  void backward(float* gradient, bool add) {
    std::fill(slope, slope + flow.dimension * stride, 0.0f);
    for (int column : flow.normalColumns) {
      isa.normalSlope(state + column * stride, padded, flow.normalMean, flow.normalPrecision, rowWeights, slope + column * stride);
    }
    // The shifts between the pairs leave slopes as they are.
    for (size_t c = 0; c < flow.couplings.size(); c++) {
      const Coupling& coupling = flow.couplings[c];
      isa.splineBackward(splineShape(coupling), tapes[c].theta, tapes[c].before, rowWeights, slope);
      conditionBackward(coupling, tapes[c], gradient, add);
    }
  }

  void conditionBackward(const Coupling& coupling, const Tape& tape, float* gradient, bool add) {
    float* g = tape.theta;
    for (size_t l = coupling.layers.size(); l-- > 0;) {
      const Linear& layer = coupling.layers[l];
      bool last = l + 1 == coupling.layers.size();
      const float* x = l == 0 ? tape.input : tape.hidden[l - 1];
      isa.biasActivateBackward(g, layer.outputs, stride, rows, last ? g : tape.hidden[l], layer.activation,
                               last ? nullptr : tape.derivatives[l], gradient + layer.biasOffset, add);
      gemm.multiply(false, true, layer.outputs, layer.inputs, rows, g, stride, x, stride, add ? 1 : 0,
                    gradient + layer.weightOffset, layer.inputs, scratch.start());
      float* below = spare[l % 2];
      gemm.multiply(true, false, layer.inputs, rows, layer.outputs, parameters + layer.weightOffset, layer.inputs, g, stride, 0,
                    below, stride, scratch.start());
      g = below;
    }
    isa.encodeBackward(inputShape(coupling), tape.input, g, slope);
  }

  const Architecture& flow;
  const float* parameters;
  const Isa& isa;
  Gemm gemm;
  Arena scratch, workspace;
  int rows = 0, padded = 0;
  bool taped = false;
  long stride = 0;
  // All [feature][stride].
  float *state = nullptr, *slope = nullptr, *rowWeights = nullptr, *spare[2] = {};
  double* logDensities = nullptr;
  std::vector<Tape> tapes;
};

}  // namespace cmt
