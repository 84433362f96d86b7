// What the flow needs of a device: memory, streams, graphs and two ways to launch work. Behind it stands CUDA or, compiled
// by a plain C++ compiler, a double of it on the host, so that everything above runs where there is no GPU.
//
// There are no other kernels than these two: each() runs a body once for every index, in no order, and blockSums() adds
// terms up in an order that depends on their number alone. So no result depends on how a device schedules its threads.
#pragma once

#include <climits>
#include <stdexcept>
#include <string>
#include <utility>

namespace cmt {

// CudaStatus's codes.
const int FINE = 0;
const int INVALID = 1;
const int UNAVAILABLE = 2;
const int OUT_OF_MEMORY = 3;
const int FAILED = 4;

// The device could not do what it was asked to; `status` says of which kind the trouble is.
class DeviceError : public std::runtime_error {
 public:
  DeviceError(int status, const std::string& message) : std::runtime_error(message), status(status) {}
  const int status;
};

inline std::string memoryNeeded(size_t bytes, size_t available, size_t total) {
  return std::to_string(bytes >> 20) + " MB more are needed, " + std::to_string(available >> 20) + " of " +
         std::to_string(total >> 20) + " MB are free";
}

// Threads of a block that adds up, and how many terms each of them takes.
const int SUM_THREADS = 256;
const int SUM_TERMS = 32;

// How many partial sums blockSums() leaves of so many terms.
inline int sumBlocks(int terms) {
  const long block = SUM_THREADS * SUM_TERMS;
  return (int)((terms + block - 1) / block);
}

// Indices are ints: 32-bit division is several times as fast on a GPU.
inline int indices(long a, long b) {
  long product = a * b;
  if (product > INT_MAX) {
    throw std::invalid_argument("A batch makes " + std::to_string(product) + " items of work; this flow's must have fewer rows.");
  }
  return (int)product;
}

}  // namespace cmt

#ifdef __CUDACC__
#include "device_cuda.h"
#else
#include "device_double.h"
#endif

namespace cmt {

// Memory of the device with one owner. Contents are undefined until written.
template <typename T>
class DeviceArray {
 public:
  DeviceArray() = default;
  ~DeviceArray() { release(block); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  // Makes room for so many; what was there is lost if that takes other memory, which is what `true` says.
  bool reserve(long count) {
    if (count <= size) return false;
    release(block);
    block = nullptr;
    size = 0;
    block = static_cast<T*>(allocate(count * sizeof(T)));
    size = count;
    return true;
  }

  T* get() const { return block; }

 private:
  T* block = nullptr;
  long size = 0;
};

}  // namespace cmt
