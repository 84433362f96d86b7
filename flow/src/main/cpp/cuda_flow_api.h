// What the GPU library offers: one exported function that returns a table of functions. Plain C, so that the library can be
// built by another compiler than the code that loads it, and is loaded only when a GPU is asked for.
//
// Functions return 0 or one of CudaStatus's codes; error() then says what went wrong, for the calling thread's last call. A
// handle is used by one thread at a time. Arrays are the host's, row-major, and are neither kept nor written beyond the call.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// Grows whenever the table or the meaning of an argument changes.
#define CMT_CUDA_API_VERSION 1

typedef struct CudaFlowApi {
  int version;
  const char* (*error)(void);

  // Writes a device's name, cut to `size` with its final 0.
  int (*describe)(int device, char* text, int size);

  // Describes a flow from base to data: FlowKernel's arguments, `base` being mean, sigma, log-normalizer and tail mass. The
  // handle belongs to the caller, who ends it by destroy(), whatever start() answers.
  int (*create)(int dimension, int bins, long parameterCount, const int* normalColumns, int normals, const int* circularColumns,
                int circulars, const double* base, void** handle);
  int (*addCoupling)(void* handle, const int* transformed, int count, int plain, const int* conditioning, int conditions,
                     int plainConditions, const int* layers, int layerCount);
  int (*addShift)(void* handle, double shift);
  // Takes the device. `rounding` is CudaProducts's code. All parameters are 0.
  int (*start)(void* handle, double maxRatio, int device, int rounding);
  void (*destroy)(void* handle);

  // [parameterCount] each, and the two counters of FlowState.
  int (*importState)(void* handle, const float* parameters, const float* first, const float* second, long applied, long schedule);
  int (*exportState)(void* handle, float* parameters, float* first, float* second, long* counters);

  // u[rows][dimension], logDensity[rows].
  int (*sample)(void* handle, long key, long firstStream, int rows, float* u, double* logDensity);
  int (*logDensity)(void* handle, const float* u, int rows, double* logDensity);

  // The buffer of a fit: room for so many rows, then the rows, part by part.
  int (*openRows)(void* handle, int rows);
  int (*putRows)(void* handle, int from, int count, const float* u, const double* weights, const double* logProposal);
  // rows[steps][batch] of the buffer; variate[2] is read and written; settings are OptimizerSettings's five numbers in their
  // order; figures[steps][5] are loss, norm, weight ratio, squared ratio and whether the update was applied.
  int (*fit)(void* handle, const int* rows, int steps, int batch, int controlled, double* variate, const double* settings,
             double* figures);

  // One step on rows of the host.
  int (*train)(void* handle, const float* u, const double* weights, const double* logProposal, double control, int batch,
               const double* settings, double* figures);

  // The matrix products of a gradient step of so many rows, or of their densities alone: for benchmarks.
  int (*multiplyOnly)(void* handle, int rows, int withGradient);
} CudaFlowApi;

const CudaFlowApi* cmtCudaFlowApi(void);

#ifdef __cplusplus
}
#endif
