// The device as CUDA has it.
#pragma once

#include <cuda_runtime.h>

#define CMT_DEVICE __device__ inline
#define CMT_UNROLL _Pragma("unroll")

namespace cmt {

inline int statusOf(cudaError_t code) {
  switch (code) {
    case cudaErrorMemoryAllocation:
      return OUT_OF_MEMORY;
    case cudaErrorInsufficientDriver:
    case cudaErrorNoDevice:
    case cudaErrorInvalidDevice:
    case cudaErrorInitializationError:
    case cudaErrorSystemDriverMismatch:
    case cudaErrorCompatNotSupportedOnDevice:
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorDevicesUnavailable:
    case cudaErrorStubLibrary:
      return UNAVAILABLE;
    default:
      return FAILED;
  }
}

inline void check(cudaError_t code, const std::string& doing) {
  if (code == cudaSuccess) return;
  cudaGetLastError();  // an error that can be survived must not meet the next caller
  throw DeviceError(statusOf(code), doing + ": " + cudaGetErrorString(code) + " (" + cudaGetErrorName(code) + ")");
}

inline int deviceCount() {
  int count = 0;
  cudaError_t code = cudaGetDeviceCount(&count);
  if (code == cudaErrorNoDevice) {
    cudaGetLastError();
    return 0;
  }
  check(code, "Looking for GPUs");
  return count;
}

// Of the calling thread, for what it does next.
inline void useDevice(int device) { check(cudaSetDevice(device), "Choosing GPU " + std::to_string(device)); }

inline std::string deviceName(int device) {
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, device), "Asking for the GPU's name");
  return std::string(properties.name) + ", compute capability " + std::to_string(properties.major) + "." +
         std::to_string(properties.minor);
}

inline void* allocate(size_t bytes) {
  void* block = nullptr;
  cudaError_t code = cudaMalloc(&block, bytes);
  if (code == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    size_t available = 0, total = 0;
    check(cudaMemGetInfo(&available, &total), "Asking for free memory");
    throw DeviceError(OUT_OF_MEMORY, memoryNeeded(bytes, available, total));
  }
  check(code, "Taking memory");
  return block;
}

// Whatever CUDA answers, nothing can be done about it here: the next call of another kind reports a lost device.
inline void release(void* block) { cudaFree(block); }

class Graph;

// Work in order. Belongs to the device that was in use when it was made.
class Stream {
 public:
  Stream() {
    check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "Making a stream");
    cudaError_t code = cudaEventCreateWithFlags(&event, cudaEventDisableTiming);
    if (code != cudaSuccess) cudaStreamDestroy(stream);
    check(code, "Making an event");
  }
  ~Stream() {
    cudaEventDestroy(event);
    cudaStreamDestroy(stream);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // From host memory, which is free again on return.
  void copyIn(void* to, const void* from, size_t bytes) {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream), "Copying to the GPU");
    // Page-locked memory would otherwise still be read.
    synchronize();
  }

  // To host memory, which holds it on return.
  void copyOut(void* to, const void* from, size_t bytes) {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream), "Copying from the GPU");
    synchronize();
  }

  void zero(void* block, size_t bytes) { check(cudaMemsetAsync(block, 0, bytes, stream), "Clearing memory"); }

  // What is asked of this stream from now on happens after what the other was asked before.
  void waitFor(Stream& other) {
    check(cudaEventRecord(other.event, other.stream), "Recording an event");
    check(cudaStreamWaitEvent(stream, other.event, 0), "Waiting for an event");
  }

  void synchronize() { check(cudaStreamSynchronize(stream), "Computing"); }

  cudaStream_t get() const { return stream; }

 private:
  cudaStream_t stream = nullptr;
  cudaEvent_t event = nullptr;
};

// Work that was captured once and can be launched many times.
class Graph {
 public:
  // Captures what `body` asks of the stream, and of those that wait for it, without doing it.
  template <typename Body>
  Graph(Stream& stream, Body body) {
    check(cudaStreamBeginCapture(stream.get(), cudaStreamCaptureModeThreadLocal), "Capturing a graph");
    cudaGraph_t graph = nullptr;
    try {
      body();
    } catch (...) {
      if (cudaStreamEndCapture(stream.get(), &graph) == cudaSuccess) cudaGraphDestroy(graph);
      cudaGetLastError();
      throw;
    }
    check(cudaStreamEndCapture(stream.get(), &graph), "Capturing a graph");
    cudaError_t code = cudaGraphInstantiateWithFlags(&executable, graph, 0);
    cudaGraphDestroy(graph);
    check(code, "Making a graph");
  }
  ~Graph() { cudaGraphExecDestroy(executable); }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  void launch(Stream& stream) { check(cudaGraphLaunch(executable, stream.get()), "Launching a graph"); }

 private:
  cudaGraphExec_t executable = nullptr;
};

const int EACH_THREADS = 128;

template <typename Body>
__global__ void __launch_bounds__(EACH_THREADS) eachKernel(int count, Body body) {
  unsigned i = blockIdx.x * EACH_THREADS + threadIdx.x;
  if (i < (unsigned)count) body((int)i);
}

// body(i) for i in [0, count), in no order.
template <typename Body>
void each(Stream& stream, int count, const Body& body) {
  if (count == 0) return;
  unsigned blocks = ((unsigned)count + EACH_THREADS - 1) / EACH_THREADS;
  eachKernel<<<blocks, EACH_THREADS, 0, stream.get()>>>(count, body);
  check(cudaGetLastError(), "Launching a kernel");
}

template <int N, typename Term>
__global__ void __launch_bounds__(SUM_THREADS) blockSumsKernel(int count, Term term, double* partial) {
  __shared__ double sums[N][SUM_THREADS];
  double own[N] = {};
  long first = (long)blockIdx.x * SUM_THREADS * SUM_TERMS + threadIdx.x;
  for (int t = 0; t < SUM_TERMS; t++) {
    long i = first + (long)t * SUM_THREADS;
    if (i < count) term((int)i, own);
  }
  for (int n = 0; n < N; n++) sums[n][threadIdx.x] = own[n];
  for (int half = SUM_THREADS / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) {
      for (int n = 0; n < N; n++) sums[n][threadIdx.x] += sums[n][threadIdx.x + half];
    }
  }
  if (threadIdx.x == 0) {
    for (int n = 0; n < N; n++) partial[(long)blockIdx.x * N + n] = sums[n][0];
  }
}

// term(i, sums) adds to N sums for i in [0, count); partial[sumBlocks(count)][N] gets the sums over one block of terms each.
template <int N, typename Term>
void blockSums(Stream& stream, int count, const Term& term, double* partial) {
  blockSumsKernel<N><<<sumBlocks(count), SUM_THREADS, 0, stream.get()>>>(count, term, partial);
  check(cudaGetLastError(), "Launching a sum");
}

}  // namespace cmt
