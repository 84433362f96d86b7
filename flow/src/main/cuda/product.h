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

namespace cmt {

// Item i: one number of d. What an epilogue does.
struct AddBias {
  int rows, stride;
  bool relu;
  const float* bias;
  float* d;

  CMT_DEVICE void operator()(int i) const {
    int column = i / rows, row = i - column * rows;
    float& to = d[(long)column * stride + row];
    float x = to + bias[row];
    to = relu && x < 0 ? 0 : x;
  }
};

// A product with its epilogue, by a kernel of its own where the library has none for the shape.
inline void multiplyWithBias(Products& products, Stream& stream, Product shape, const float* a, const float* b, float* d,
                             const float* bias) {
  if (products.has(shape, bias)) {
    products.multiply(stream, shape, a, b, d, bias);
    return;
  }
  bool relu = shape.epilogue == BIAS_RELU;
  shape.epilogue = PLAIN;
  products.multiply(stream, shape, a, b, d, nullptr);
  each(stream, indices(shape.m, shape.n), AddBias{shape.m, shape.strideD, relu, bias, d});
}

}  // namespace cmt
