// Single-threaded float32 matrix products: MKL as DJL's libtorch brings it, or our own.
#pragma once

#include <dlfcn.h>
#include <link.h>

#include <cstring>
#include <string>

#include "isa.h"

namespace cmt {

// FlowNative's codes.
const int GEMM_OWN = 0;
const int GEMM_MKL = 1;

struct Gemm {
  Multiply multiply;
  long scratch;  // floats
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
