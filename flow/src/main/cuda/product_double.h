// Products by a plain loop, with the rounding of tensor cores.
#pragma once

#include <cstdint>
#include <cstring>

namespace cmt {

class Products {
 public:
  explicit Products(Rounding rounding) : rounding(rounding) {}

  // No epilogues for a single column, so that what stands in for them is used too.
  bool has(const Product& shape, const float*) { return shape.epilogue == PLAIN || shape.n > 1; }

  void multiply(Stream& stream, const Product& shape, const float* a, const float* b, float* d, const float* bias) {
    // What product_cublaslt.h promises the library.
    for (const void* matrix : {(const void*)a, (const void*)b, (const void*)d, (const void*)bias}) {
      if ((uintptr_t)matrix % ALIGNMENT != 0) throw DeviceError(FAILED, "a matrix does not begin at 256 bytes");
    }
    for (int stride : {shape.strideA, shape.strideB, shape.strideD}) {
      if (stride % 8 != 0) throw DeviceError(FAILED, "a matrix of stride " + std::to_string(stride) + " is not of whole vectors");
    }
    Rounding to = rounding;
    stream.submit([=] {
      for (int column = 0; column < shape.n; column++) {
        for (int row = 0; row < shape.m; row++) {
          float sum = 0;
          for (int i = 0; i < shape.k; i++) {
            float left = shape.transposeA ? a[(long)row * shape.strideA + i] : a[(long)i * shape.strideA + row];
            float right = shape.transposeB ? b[(long)i * shape.strideB + column] : b[(long)column * shape.strideB + i];
            sum += rounded(left, to) * rounded(right, to);
          }
          if (shape.epilogue != PLAIN) sum += bias[row];
          if (shape.epilogue == BIAS_RELU && sum < 0) sum = 0;
          d[(long)column * shape.strideD + row] = sum;
        }
      }
    });
  }

 private:
  // To the nearest with fewer bits of mantissa, ties away from zero.
  static float rounded(float value, Rounding to) {
    if (to == FP32 || !(std::fabs(value) < INFINITY)) return value;
    const uint32_t lost = to == TF32 ? 13 : 16;
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    bits = (bits + (1u << (lost - 1))) & ~((1u << lost) - 1);
    std::memcpy(&value, &bits, sizeof bits);
    return value;
  }

  const Rounding rounding;
};

}  // namespace cmt
