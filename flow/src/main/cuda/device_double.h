// A device that the host plays, for tests where there is no GPU: the same sources, compiled by a C++ compiler, do the same
// work in loops. It is strict where a GPU is, so that mistakes show: memory begins as NaN, captured work is not done until
// its graph is launched, products want aligned matrices. Of its three devices 0 takes indices forwards and does all work at
// once; 1 takes them backwards and does a stream's work as late as another stream's waiting allows; 2 is lost at its first
// work.
#pragma once

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <vector>

#define CMT_DEVICE inline
#define CMT_UNROLL

namespace cmt {

const int DOUBLE_DEVICES = 3;
const int CONTRARY = 1;
const int LOST = 2;
const size_t ALIGNMENT = 256;
// Of all devices' memory together.
const size_t DOUBLE_BYTES = (size_t)128 << 20;

inline thread_local int deviceInUse = 0;
inline std::map<void*, size_t> blocksInUse;
inline size_t bytesInUse = 0;

inline int deviceCount() { return DOUBLE_DEVICES; }

inline void useDevice(int device) {
  if (device < 0 || device >= DOUBLE_DEVICES) throw DeviceError(UNAVAILABLE, "Choosing a GPU: invalid device ordinal");
  deviceInUse = device;
}

inline std::string deviceName(int device) { return "a double of a GPU on the host, number " + std::to_string(device); }

inline void* allocate(size_t bytes) {
  if (bytesInUse + bytes > DOUBLE_BYTES) {
    throw DeviceError(OUT_OF_MEMORY, memoryNeeded(bytes, DOUBLE_BYTES - bytesInUse, DOUBLE_BYTES));
  }
  void* block = std::aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);  // as cudaMalloc does
  if (!block) throw std::bad_alloc();
  std::memset(block, 0xff, bytes);  // of floats and doubles, a NaN
  blocksInUse[block] = bytes;
  bytesInUse += bytes;
  return block;
}

inline void release(void* block) {
  if (!block) return;
  bytesInUse -= blocksInUse.at(block);
  blocksInUse.erase(block);
  std::free(block);
}

// Where work goes instead of being done while a graph is captured.
inline thread_local std::vector<std::function<void()>>* capturing = nullptr;

class Stream {
 public:
  Stream() : device(deviceInUse) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void copyIn(void* to, const void* from, size_t bytes) {
    synchronize();
    std::memcpy(to, from, bytes);
  }

  void copyOut(void* to, const void* from, size_t bytes) {
    synchronize();
    std::memcpy(to, from, bytes);
  }

  void zero(void* block, size_t bytes) {
    submit([=] { std::memset(block, 0, bytes); });
  }

  void waitFor(Stream& other) { other.catchUp(); }

  void synchronize() {
    if (capturing) throw DeviceError(FAILED, "operation not permitted when stream is capturing");
    catchUp();
    if (device == LOST && worked) throw DeviceError(FAILED, "Computing: the double's device 2 is lost after its first work");
  }

  void submit(const std::function<void()>& work) {
    worked = true;
    pending.push_back(work);
    if (device != CONTRARY) catchUp();
  }

  // Does what was put off, or captures it.
  void catchUp() {
    for (const std::function<void()>& work : pending) {
      if (capturing) {
        capturing->push_back(work);
      } else {
        work();
      }
    }
    pending.clear();
  }

  bool backwards() const { return device == CONTRARY; }

 private:
  const int device;
  bool worked = false;
  std::vector<std::function<void()>> pending;
};

class Graph {
 public:
  template <typename Body>
  Graph(Stream& stream, Body body) {
    stream.catchUp();
    capturing = &work;
    try {
      body();
      stream.catchUp();
    } catch (...) {
      capturing = nullptr;
      throw;
    }
    capturing = nullptr;
  }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  void launch(Stream& stream) {
    for (const std::function<void()>& item : work) stream.submit(item);
  }

 private:
  std::vector<std::function<void()>> work;
};

template <typename Body>
void each(Stream& stream, int count, const Body& body) {
  bool backwards = stream.backwards();
  stream.submit([=] {
    if (backwards) {
      for (int i = count; i-- > 0;) body(i);
    } else {
      for (int i = 0; i < count; i++) body(i);
    }
  });
}

// Adds in the order of CUDA's kernel: each thread its own terms, then halves onto halves.
template <int N, typename Term>
void blockSums(Stream& stream, int count, const Term& term, double* partial) {
  stream.submit([=] {
    for (int block = 0; block < sumBlocks(count); block++) {
      std::vector<double> sums(N * SUM_THREADS);
      for (int thread = 0; thread < SUM_THREADS; thread++) {
        for (int t = 0; t < SUM_TERMS; t++) {
          long i = (long)block * SUM_THREADS * SUM_TERMS + thread + (long)t * SUM_THREADS;
          if (i < count) term((int)i, &sums[N * thread]);
        }
      }
      for (int half = SUM_THREADS / 2; half > 0; half /= 2) {
        for (int n = 0; n < N * half; n++) sums[n] += sums[n + N * half];
      }
      for (int n = 0; n < N; n++) partial[(long)block * N + n] = sums[n];
    }
  });
}

// CUDA's, with the reduction that keeps it exact at multiples of 1/2.
inline void sincospif(float x, float* sine, float* cosine) {
  double angle = 3.14159265358979323846 * std::remainder((double)x, 2.0);
  *sine = (float)std::sin(angle);
  *cosine = (float)std::cos(angle);
}

}  // namespace cmt
