// Matrix products, the bulk of a flow's arithmetic. Matrices are column-major, as the libraries have them, so that a batch
// of rows is a matrix with a column for each row: d[m][n] = op(a) op(b), and with a bias b[m] added to each column.
//
// float32 in and out, sums in float32. Inside a product factors are rounded as `Rounding` says; what a product is computed
// by follows from its shape alone, never from a stopwatch, so that equal runs have equal bits.
#pragma once

#include <tuple>

#include "device.h"

namespace cmt {

// CudaProducts's codes. How factors are rounded: to 10 bits of mantissa, as they are, or to 7.
enum Rounding { TF32 = 0, FP32 = 1, BF16 = 2 };

enum Epilogue { PLAIN, BIAS, BIAS_RELU };

struct Product {
  bool transposeA, transposeB;
  int m, n, k;
  int strideA, strideB, strideD;
  Epilogue epilogue;

  auto key() const { return std::tie(transposeA, transposeB, m, n, k, strideA, strideB, strideD, epilogue); }

  bool operator<(const Product& other) const { return key() < other.key(); }
};

}  // namespace cmt

#ifdef __CUDACC__
#include "product_cublaslt.h"
#else
#include "product_double.h"
#endif
