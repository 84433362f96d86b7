// Loads the GPU library, which this code needs neither to be compiled nor to be linked.
#pragma once

#include <dlfcn.h>

#include <stdexcept>
#include <string>

#include "cuda_flow_api.h"

namespace cmt {

// Never unloaded: CUDA's own libraries do not bear that.
class CudaFlowLibrary {
 public:
  explicit CudaFlowLibrary(const char* path) {
    void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) throw std::runtime_error(dlerror());
    auto entry = reinterpret_cast<const CudaFlowApi* (*)()>(dlsym(library, "cmtCudaFlowApi"));
    if (!entry) throw std::runtime_error(std::string(path) + " is no GPU flow engine of CMT");
    api = entry();
    if (api->version != CMT_CUDA_API_VERSION) {
      throw std::runtime_error(std::string(path) + " has the interface " + std::to_string(api->version) + "; this CMT needs " +
                               std::to_string(CMT_CUDA_API_VERSION));
    }
  }

  const CudaFlowApi* table() const { return api; }

 private:
  const CudaFlowApi* api;
};

// A flow of the library; the methods are cuda_flow_api.h's functions.
class CudaFlowHandle {
 public:
  CudaFlowHandle(const CudaFlowLibrary& library, int dimension, int bins, long parameterCount, const int* normalColumns, int normals,
                 const int* circularColumns, int circulars, const double* base)
      : api(library.table()) {
    if (api->create(dimension, bins, parameterCount, normalColumns, normals, circularColumns, circulars, base, &handle)) {
      throw std::runtime_error(api->error());
    }
  }
  ~CudaFlowHandle() { api->destroy(handle); }
  CudaFlowHandle(const CudaFlowHandle&) = delete;
  CudaFlowHandle& operator=(const CudaFlowHandle&) = delete;

  const char* error() const { return api->error(); }

  int describe(int device, signed char* text, int size) { return api->describe(device, reinterpret_cast<char*>(text), size); }

  int addCoupling(const int* transformed, int count, int plain, const int* conditioning, int conditions, int plainConditions,
                  const int* layers, int layerCount) {
    return api->addCoupling(handle, transformed, count, plain, conditioning, conditions, plainConditions, layers, layerCount);
  }

  int addShift(double shift) { return api->addShift(handle, shift); }

  int start(double maxRatio, int device, int rounding) { return api->start(handle, maxRatio, device, rounding); }

  int importState(const float* parameters, const float* first, const float* second, long applied, long schedule) {
    return api->importState(handle, parameters, first, second, applied, schedule);
  }

  int exportState(float* parameters, float* first, float* second, long* counters) {
    return api->exportState(handle, parameters, first, second, counters);
  }

  int sample(long key, long firstStream, int rows, float* u, double* logDensity) {
    return api->sample(handle, key, firstStream, rows, u, logDensity);
  }

  int logDensity(const float* u, int rows, double* logDensity) { return api->logDensity(handle, u, rows, logDensity); }

  int openRows(int rows) { return api->openRows(handle, rows); }

  int putRows(int from, int count, const float* u, const double* weights, const double* logProposal) {
    return api->putRows(handle, from, count, u, weights, logProposal);
  }

  int fit(const int* rows, int steps, int batch, bool controlled, double* variate, const double* settings, double* figures) {
    return api->fit(handle, rows, steps, batch, controlled, variate, settings, figures);
  }

  int train(const float* u, const double* weights, const double* logProposal, double control, int batch, const double* settings,
            double* figures) {
    return api->train(handle, u, weights, logProposal, control, batch, settings, figures);
  }

  int multiplyOnly(int rows, bool withGradient) { return api->multiplyOnly(handle, rows, withGradient); }

 private:
  const CudaFlowApi* api;
  void* handle = nullptr;
};

}  // namespace cmt
