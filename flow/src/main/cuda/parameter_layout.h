// Where parameters lie on the device: every matrix begins at 256 bytes, as the matrix library likes it, and its sides are
// padded to whole vectors with zeros, which training leaves zero; all biases lie behind all matrices.
#pragma once

#include <algorithm>
#include <vector>

#include "../cpp/architecture.h"

namespace cmt {

// A side of a matrix on the device: whole vectors of 16 bytes also for factors of two bytes.
inline int paddedSide(int side) { return (side + 7) / 8 * 8; }

struct DeviceLayer {
  Linear declared;
  int inputs, outputs;  // padded; W is [outputs][inputs] row-major
  long weight, bias;
};

class ParameterLayout {
 public:
  explicit ParameterLayout(const Architecture& flow) {
    for (const Coupling& coupling : flow.couplings) {
      std::vector<DeviceLayer> layers;
      for (const Linear& declared : coupling.layers) {
        int inputs = paddedSide(declared.inputs), outputs = paddedSide(declared.outputs);
        layers.push_back({declared, inputs, outputs, biasStart, 0});
        biasStart += aligned((long)inputs * outputs);
      }
      couplings.push_back(layers);
    }
    count = biasStart;
    for (std::vector<DeviceLayer>& layers : couplings) {
      for (DeviceLayer& layer : layers) {
        layer.bias = count;
        count += aligned(layer.outputs);
      }
    }
  }

  const std::vector<DeviceLayer>& layers(size_t coupling) const { return couplings[coupling]; }

  // Floats in all; from here on biases; how many of these.
  long size() const { return count; }
  long biases() const { return biasStart; }
  int biasCount() const { return (int)(count - biasStart); }

  // From the declared order to the device's.
  std::vector<float> pack(const float* declared) const {
    std::vector<float> device(count, 0.0f);
    forRuns([&](long at, long source, int length) { std::copy_n(declared + source, length, device.begin() + at); });
    return device;
  }

  // And back.
  void unpack(const std::vector<float>& device, float* declared) const {
    forRuns([&](long at, long target, int length) { std::copy_n(device.begin() + at, length, declared + target); });
  }

 private:
  static long aligned(long floats) { return (floats + 63) / 64 * 64; }

  template <typename Run>
  void forRuns(Run run) const {
    for (const std::vector<DeviceLayer>& layers : couplings) {
      for (const DeviceLayer& layer : layers) {
        for (int row = 0; row < layer.declared.outputs; row++) {
          run(layer.weight + (long)row * layer.inputs, layer.declared.weightOffset + (long)row * layer.declared.inputs,
              layer.declared.inputs);
        }
        run(layer.bias, layer.declared.biasOffset, layer.declared.outputs);
      }
    }
  }

  std::vector<std::vector<DeviceLayer>> couplings;
  long biasStart = 0, count = 0;
};

}  // namespace cmt
