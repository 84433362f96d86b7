// The vector code, compiled once for each instruction set, and the choice among them at run time.
#pragma once

#include <immintrin.h>

namespace cmt {

const int MAX_BINS = 64;
// FlowLayout.MIN_BIN and MIN_SLOPE.
const float MIN_BIN = 1e-3f;
const float MIN_SLOPE = 1e-3f;

// FlowNative's codes.
const int NO_ACTIVATION = 0;
const int RELU = 1;
const int SILU = 2;

// Of all matrices: `padded` rows of the batch, a multiple of 16, in features that lie `stride` floats apart.
struct SplineShape {
  const int* columns;
  const float* bias;  // of theta's features
  int transformed, plain, bins, padded;
  long stride;
};

struct ConditionerInput {
  const int* columns;
  int count, plain, padded;
  long stride;
};

// dev.cmt.flow.optim.AdamStep.
struct AdamStep {
  double clip, decay, stepSize, rootCorrection, beta1, beta2, epsilon;
};

// Row-major c[m][n] = op(a) op(b) + beta c with beta 0 or 1, on the calling thread alone. `scratch` has the backend's
// size, aligned to 64 bytes, and is nobody else's meanwhile.
using Multiply = void (*)(bool transposeA, bool transposeB, int m, int n, int k, const float* a, long strideA, const float* b,
                          long strideB, float beta, float* c, long strideC, float* scratch);

struct Isa {
  const char* name;
  bool (*supported)();  // compiled for any processor
  void (*encode)(const ConditionerInput&, const float*, float*);
  void (*encodeBackward)(const ConditionerInput&, const float*, const float*, float*);
  void (*biasActivate)(float*, int, long, int, const float*, int, float*);
  void (*biasActivateBackward)(float*, int, long, int, const float*, int, const float*, float*, bool);
  void (*splineForward)(const SplineShape&, float*, float*, float*, double*);
  void (*splineInverse)(const SplineShape&, float*, float*, double*);
  void (*splineBackward)(const SplineShape&, float*, const float*, const float*, float*);
  void (*shift)(float*, int, float);
  void (*addNormal)(const float*, int, float, float, double*);
  void (*normalSlope)(const float*, int, float, float, const float*, float*);
  double (*sumGradients)(float* const*, int, long, long);
  void (*adam)(const AdamStep&, float*, float*, float*, const float*, long, long);
  Multiply multiply;
  long multiplyScratch;  // floats
};

inline bool supportsAvx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
}

inline bool supportsAvx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

inline bool supportsPortable() { return true; }

#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")
#define CMT_LANES 16
namespace avx512 {
#include "routines.inl"
static const Isa TABLE = CMT_ROUTINES("avx512", supportsAvx512);
}  // namespace avx512
#undef CMT_LANES
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx2,fma")
#define CMT_LANES 8
namespace avx2 {
#include "routines.inl"
static const Isa TABLE = CMT_ROUTINES("avx2", supportsAvx2);
}  // namespace avx2
#undef CMT_LANES
#pragma GCC pop_options

// SSE2, which every x86-64 processor has.
#define CMT_LANES 4
namespace portable {
#include "routines.inl"
static const Isa TABLE = CMT_ROUTINES("portable", supportsPortable);
}  // namespace portable
#undef CMT_LANES

// Fastest first.
const Isa* const ISAS[] = {&avx512::TABLE, &avx2::TABLE, &portable::TABLE};

}  // namespace cmt
