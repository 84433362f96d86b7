// What a pass through the flow writes on the way: for so many rows, and in training kept for every coupling until its way
// back.
#pragma once

#include <vector>

#include "device.h"
#include "parameter_layout.h"

namespace cmt {

// Of one coupling, all [row][padded side].
struct Tape {
  float* input;
  std::vector<float*> before;  // of hidden layers with SILU in training: before it; else the same as `hidden`
  std::vector<float*> hidden;
  float* theta;
  float* point;  // [row][transformed], null without training
};

class Workspace {
 public:
  // Makes room. Returns whether what was there before has moved or changed its shape.
  bool reserve(const Architecture& flow, const ParameterLayout& layout, int rows, bool training) {
    if (rows == this->rows) return false;
    this->rows = 0;
    long floats = lay(flow, layout, rows, training, nullptr);
    long values = (long)rows * flow.dimension;
    arena.reserve(floats);
    logSlopes.reserve(values);
    logDensity.reserve(rows);
    terms.reserve(training ? 3L * rows : 0);
    lay(flow, layout, rows, training, arena.get());
    this->rows = rows;
    return true;
  }

  std::vector<Tape> tapes;
  float *state = nullptr, *slope = nullptr, *factors = nullptr, *inputSlope = nullptr;
  std::vector<float*> hiddenSlopes;  // shared by all couplings
  DeviceArray<double> logSlopes, logDensity, terms;

 private:
  // Hands out parts of the arena, each at 256 bytes; returns how many floats that takes.
  long lay(const Architecture& flow, const ParameterLayout& layout, int rows, bool training, float* from) {
    long taken = 0;
    auto take = [&](long perRow) {
      float* part = from ? from + taken : nullptr;
      taken += (perRow * rows + 63) / 64 * 64;
      return part;
    };
    state = take(flow.dimension);
    tapes.clear();
    int widest = 0;
    std::vector<int> widths;
    long shared = taken, most = taken;
    for (size_t c = 0; c < flow.couplings.size(); c++) {
      const std::vector<DeviceLayer>& layers = layout.layers(c);
      if (!training) taken = shared;
      Tape tape;
      tape.input = take(layers[0].inputs);
      widest = std::max(widest, layers[0].inputs);
      for (size_t l = 0; l + 1 < layers.size(); l++) {
        tape.before.push_back(take(layers[l].outputs));
        bool keep = training && layers[l].declared.activation == SILU;
        tape.hidden.push_back(keep ? take(layers[l].outputs) : tape.before[l]);
        widths.resize(std::max(widths.size(), l + 1));
        widths[l] = std::max(widths[l], layers[l].outputs);
      }
      tape.theta = take(layers.back().outputs);
      tape.point = training ? take((long)flow.couplings[c].transformed.size()) : nullptr;
      tapes.push_back(tape);
      most = std::max(most, taken);
    }
    taken = most;
    hiddenSlopes.clear();
    if (training) {
      slope = take(flow.dimension);
      factors = take(1);
      inputSlope = take(widest);
      for (int width : widths) hiddenSlopes.push_back(take(width));
    }
    return taken;
  }

  int rows = 0;
  DeviceArray<float> arena;
};

}  // namespace cmt
