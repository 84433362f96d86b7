// Single-threaded float32 matrix products: MKL as DJL's libtorch brings it, or our own.
#pragma once

#include <dlfcn.h>
#include <link.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <string>

#include "isa.h"

namespace cmt {

// FlowNative's codes.
const int GEMM_OWN = 0;
const int GEMM_MKL = 1;

// Time that threads spend inside matrix products, for benchmarks. While it does not run, a product pays for one load.
struct ProductClock {
  static inline std::atomic<bool> running{false};
  static inline std::atomic<long> nanoseconds{0};  // summed over threads

  class Lap {
   public:
    Lap() : timed(running.load(std::memory_order_relaxed)) {
      if (timed) start = std::chrono::steady_clock::now();
    }
    ~Lap() {
      if (!timed) return;
      std::chrono::nanoseconds taken = std::chrono::steady_clock::now() - start;
      nanoseconds.fetch_add(taken.count(), std::memory_order_relaxed);
    }
    Lap(const Lap&) = delete;
    Lap& operator=(const Lap&) = delete;

   private:
    const bool timed;
    std::chrono::steady_clock::time_point start;
  };
};

struct Gemm {
  Multiply routine;
  long scratch;  // floats

  void multiply(bool transposeA, bool transposeB, int m, int n, int k, const float* a, long strideA, const float* b, long strideB,
                float beta, float* c, long strideC, float* space) const {
    ProductClock::Lap lap;
    routine(transposeA, transposeB, m, n, k, a, strideA, b, strideB, beta, c, strideC, space);
  }
};

// MKL's Fortran entry points inside a libtorch_cpu that this process has loaded already.
struct Mkl {
  using Sgemm = void (*)(const char*, const char*, const int*, const int*, const int*, const float*, const float*, const int*,
                         const float*, const int*, const float*, float*, const int*);
  Sgemm sgemm = nullptr;
  int (*setNumThreadsLocal)(int) = nullptr;

  // Looks once: DJL's engine must have been started before the first call.
  static const Mkl& get() {
    static const Mkl mkl;
    return mkl;
  }

  bool available() const { return sgemm && setNumThreadsLocal; }

  static void multiply(bool transposeA, bool transposeB, int m, int n, int k, const float* a, long strideA, const float* b,
                       long strideB, float beta, float* c, long strideC, float*) {
    float one = 1;
    int lda = (int)strideA, ldb = (int)strideB, ldc = (int)strideC;
    // Row-major c = a b is column-major c' = b' a'.
    get().sgemm(transposeB ? "T" : "N", transposeA ? "T" : "N", &n, &m, &k, &one, b, &ldb, a, &lda, &beta, c, &ldc);
  }

 private:
  Mkl() {
    std::string path;
    dl_iterate_phdr(
        [](dl_phdr_info* info, size_t, void* found) {
          if (!info->dlpi_name || !std::strstr(info->dlpi_name, "libtorch_cpu.so")) return 0;
          *static_cast<std::string*>(found) = info->dlpi_name;
          return 1;
        },
        &path);
    void* library = path.empty() ? nullptr : dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
    if (!library) return;
    sgemm = reinterpret_cast<Sgemm>(dlsym(library, "sgemm_"));
    setNumThreadsLocal = reinterpret_cast<int (*)(int)>(dlsym(library, "MKL_Set_Num_Threads_Local"));
  }
};

// While it lives, MKL works on this thread alone; afterwards the thread has the setting it came with.
class SingleThreaded {
 public:
  SingleThreaded() : previous(Mkl::get().available() ? Mkl::get().setNumThreadsLocal(1) : 0) {}
  ~SingleThreaded() {
    if (Mkl::get().available()) Mkl::get().setNumThreadsLocal(previous);
  }
  SingleThreaded(const SingleThreaded&) = delete;
  SingleThreaded& operator=(const SingleThreaded&) = delete;

 private:
  int previous;
};

}  // namespace cmt
