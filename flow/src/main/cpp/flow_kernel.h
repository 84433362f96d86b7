// The flow on a CPU: parameters, moments and gradients, and shards that take rows of a batch through it.
// The caller brings the threads: methods that name a shard may run at once for different shards, sums and updates for
// different ranges of the parameters, and nothing else beside them.
#pragma once

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

#include "flush_denormals.h"
#include "shard.h"

namespace cmt {

class FlowKernel {
 public:
  FlowKernel(int dimension, int bins, int parameterCount, const int* normalColumns, int normals, const int* circularColumns,
             int circulars, const double* base) {
    if (bins < 2 || bins > MAX_BINS) throw std::invalid_argument("The bins must be between 2 and 64.");
    flow.dimension = dimension;
    flow.bins = bins;
    flow.parameterCount = parameterCount;
    flow.normalColumns.assign(normalColumns, normalColumns + normals);
    flow.circularColumns.assign(circularColumns, circularColumns + circulars);
    flow.normalMean = (float)base[0];
    flow.normalPrecision = (float)(1 / (base[1] * base[1]));
    flow.logNormalizer = base[2];
  }

  // The next coupling on the way from base to data; `layers` holds (inputs, outputs, weight offset, bias offset,
  // activation) of each linear layer.
  void addCoupling(const int* transformed, int count, int plain, const int* conditioning, int conditions, int plainConditions,
                   const int* layers, int layerCount) {
    Coupling coupling;
    coupling.transformed.assign(transformed, transformed + count);
    coupling.plainTransformed = plain;
    coupling.conditioning.assign(conditioning, conditioning + conditions);
    coupling.plainConditioning = plainConditions;
    for (int l = 0; l < layerCount; l++) {
      const int* numbers = layers + 5 * l;
      coupling.layers.push_back({numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]});
    }
    flow.couplings.push_back(coupling);
  }

  // Of the circular columns, after the last coupling added so far.
  void addShift(double shift) { flow.shifts.push_back((float)shift); }

  // Call once, when the flow is complete.
  void start(int shardCount, int isaCode, int gemmCode) {
    isa = ISAS[isaCode];
    gemm = backend(*isa, gemmCode);
    long padded = Arena::rounded(flow.parameterCount);
    memory.reset((3 + shardCount) * padded);
    weights = memory.take(padded);
    first = memory.take(padded);
    second = memory.take(padded);
    for (int s = 0; s < shardCount; s++) {
      gradients.push_back(memory.take(padded));
      shards.push_back(std::make_unique<Shard>(flow, weights, *isa, gemm));
    }
  }

  float* parameters() const { return weights; }
  float* firstMoment() const { return first; }
  float* secondMoment() const { return second; }
  float* gradientSum() const { return gradients[0]; }

  void logDensity(int shard, float* rowsInOut, int rows, double* logq) {
    FlushDenormals guard;
    shards[shard]->logDensity(rowsInOut, rows, logq);
  }

  void sample(int shard, float* rowsInOut, int rows, double* logq) {
    FlushDenormals guard;
    shards[shard]->sample(rowsInOut, rows, logq);
  }

  void gradient(int shard, const float* u, const double* rowWeights, const double* logProposal, double control, double maxRatio,
                double scale, int rows, double* logq) {
    FlushDenormals guard;
    shards[shard]->gradient(u, {rowWeights, logProposal, control, maxRatio, scale}, rows, logq, gradients[shard]);
  }

  // Adds up one part of the gradients of the first `active` shards; returns the sum of its squares.
  double sumGradients(int part, int parts, int active) {
    FlushDenormals guard;
    return isa->sumGradients(gradients.data(), active, edge(part, parts), edge(part + 1, parts));
  }

  // Updates one part of the parameters from the summed gradient.
  void adam(int part, int parts, double clip, double decay, double stepSize, double rootCorrection, double beta1, double beta2,
            double epsilon) {
    FlushDenormals guard;
    AdamStep step{clip, decay, stepSize, rootCorrection, beta1, beta2, epsilon};
    isa->adam(step, weights, first, second, gradients[0], edge(part, parts), edge(part + 1, parts));
  }

  static bool isaSupported(int isaCode) { return ISAS[isaCode]->supported(); }

  static bool intelProcessor() { return __builtin_cpu_is("intel"); }

  static bool gemmAvailable(int gemmCode) { return gemmCode == GEMM_OWN || Mkl::get().available(); }

  // Starts the process's clock of matrix products at 0, or stops it.
  static void runProductClock(bool run) {
    if (run) ProductClock::nanoseconds = 0;
    ProductClock::running = run;
  }

  static long productNanoseconds() { return ProductClock::nanoseconds; }

  // Row-major c[m][n] = op(a) op(b) + beta c with a backend, for the choice among them. All arrays dense.
  static void multiply(int isaCode, int gemmCode, bool transposeA, bool transposeB, int m, int n, int k, const float* a,
                       const float* b, float beta, float* c) {
    SingleThreaded guard;
    Gemm chosen = backend(*ISAS[isaCode], gemmCode);
    static thread_local Arena scratch;
    scratch.reset(chosen.scratch);
    chosen.multiply(transposeA, transposeB, m, n, k, a, transposeA ? m : k, b, transposeB ? k : n, beta, c, n, scratch.start());
  }

 private:
  static Gemm backend(const Isa& isa, int gemmCode) {
    if (gemmCode == GEMM_OWN) return {isa.multiply, isa.multiplyScratch};
    if (!Mkl::get().available()) throw std::invalid_argument("This process has no MKL: libtorch_cpu is not loaded or lacks it.");
    return {Mkl::multiply, 0};
  }

  // Parts begin at whole cache lines.
  long edge(int part, int parts) const {
    if (part == parts) return flow.parameterCount;
    return flow.parameterCount / 16 * part / parts * 16;
  }

  Architecture flow;
  const Isa* isa = nullptr;
  Gemm gemm{};
  Arena memory;
  float *weights = nullptr, *first = nullptr, *second = nullptr;
  std::vector<float*> gradients;
  std::vector<std::unique_ptr<Shard>> shards;
};

}  // namespace cmt
