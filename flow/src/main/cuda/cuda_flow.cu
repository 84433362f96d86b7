// The library's C interface, which is all that others see of it: see cuda_flow_api.h.
#include <new>

#include "../cpp/cuda_flow_api.h"
#include "cuda_flow.h"

namespace {

thread_local std::string lastError;

// A flow under construction, then the flow.
struct Handle {
  cmt::Architecture architecture;
  double base[4];
  std::unique_ptr<cmt::CudaFlow> flow;

  cmt::CudaFlow& get() {
    if (!flow) throw std::invalid_argument("The flow has not been started.");
    return *flow;
  }
};

Handle& at(void* handle) { return *static_cast<Handle*>(handle); }

// No exception may leave a C interface.
template <typename Body>
int guarded(Body body) {
  try {
    body();
    return cmt::FINE;
  } catch (const cmt::DeviceError& e) {
    lastError = e.what();
    return e.status;
  } catch (const std::invalid_argument& e) {
    lastError = e.what();
    return cmt::INVALID;
  } catch (const std::bad_alloc&) {
    lastError = "the host has no memory left";
    return cmt::OUT_OF_MEMORY;
  } catch (const std::exception& e) {
    lastError = e.what();
    return cmt::FAILED;
  }
}

void write(const cmt::StepFigures& from, double* to) {
  to[0] = from.loss;
  to[1] = from.norm;
  to[2] = from.weightRatio;
  to[3] = from.squaredRatio;
  to[4] = from.applied;
}

const char* error() { return lastError.c_str(); }

int describe(int device, char* text, int size) {
  return guarded([&] {
    std::string name = cmt::deviceName(device);
    size_t length = std::min(name.size(), (size_t)size - 1);
    name.copy(text, length);
    text[length] = 0;
  });
}

int create(int dimension, int bins, long parameterCount, const int* normalColumns, int normals, const int* circularColumns,
           int circulars, const double* base, void** handle) {
  return guarded([&] {
    auto created = std::make_unique<Handle>();
    cmt::Architecture& flow = created->architecture;
    flow.dimension = dimension;
    flow.bins = bins;
    flow.parameterCount = parameterCount;
    flow.normalColumns.assign(normalColumns, normalColumns + normals);
    flow.circularColumns.assign(circularColumns, circularColumns + circulars);
    std::copy(base, base + 4, created->base);
    *handle = created.release();
  });
}

int addCoupling(void* handle, const int* transformed, int count, int plain, const int* conditioning, int conditions,
                int plainConditions, const int* layers, int layerCount) {
  return guarded([&] {
    cmt::Coupling coupling;
    coupling.transformed.assign(transformed, transformed + count);
    coupling.plainTransformed = plain;
    coupling.conditioning.assign(conditioning, conditioning + conditions);
    coupling.plainConditioning = plainConditions;
    for (int l = 0; l < layerCount; l++) {
      const int* numbers = layers + 5 * l;
      coupling.layers.push_back({numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]});
    }
    at(handle).architecture.couplings.push_back(coupling);
  });
}

int addShift(void* handle, double shift) {
  return guarded([&] { at(handle).architecture.shifts.push_back((float)shift); });
}

int start(void* handle, double maxRatio, int device, int rounding) {
  return guarded([&] {
    Handle& told = at(handle);
    told.flow = std::make_unique<cmt::CudaFlow>(told.architecture, told.base, maxRatio, device, static_cast<cmt::Rounding>(rounding));
  });
}

void destroy(void* handle) { delete static_cast<Handle*>(handle); }

int importState(void* handle, const float* parameters, const float* first, const float* second, long applied, long schedule) {
  return guarded([&] { at(handle).get().importState(parameters, first, second, applied, schedule); });
}

int exportState(void* handle, float* parameters, float* first, float* second, long* counters) {
  return guarded([&] { at(handle).get().exportState(parameters, first, second, counters); });
}

int sample(void* handle, long key, long firstStream, int rows, float* u, double* logDensity) {
  return guarded([&] { at(handle).get().sample(key, firstStream, rows, u, logDensity); });
}

int logDensity(void* handle, const float* u, int rows, double* logDensity) {
  return guarded([&] { at(handle).get().logDensity(u, rows, logDensity); });
}

int openRows(void* handle, int rows) {
  return guarded([&] { at(handle).get().openRows(rows); });
}

int putRows(void* handle, int from, int count, const float* u, const double* weights, const double* logProposal) {
  return guarded([&] { at(handle).get().putRows(from, count, u, weights, logProposal); });
}

int fit(void* handle, const int* rows, int steps, int batch, int controlled, double* variate, const double* settings,
        double* figures) {
  return guarded([&] {
    std::vector<cmt::StepFigures> found(steps);
    at(handle).get().fit(rows, steps, batch, controlled != 0, variate, settings, found.data());
    for (int step = 0; step < steps; step++) write(found[step], figures + 5 * step);
  });
}

int train(void* handle, const float* u, const double* weights, const double* logProposal, double control, int batch,
          const double* settings, double* figures) {
  return guarded([&] {
    cmt::StepFigures found;
    at(handle).get().train(u, weights, logProposal, control, batch, settings, &found);
    write(found, figures);
  });
}

int multiplyOnly(void* handle, int rows, int withGradient) {
  return guarded([&] { at(handle).get().multiplyOnly(rows, withGradient != 0); });
}

const CudaFlowApi API = {CMT_CUDA_API_VERSION,
                         error,
                         describe,
                         create,
                         addCoupling,
                         addShift,
                         start,
                         destroy,
                         importState,
                         exportState,
                         sample,
                         logDensity,
                         openRows,
                         putRows,
                         fit,
                         train,
                         multiplyOnly};

}  // namespace

extern "C" __attribute__((visibility("default"))) const CudaFlowApi* cmtCudaFlowApi() { return &API; }
