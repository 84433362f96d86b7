// Products by cuBLASLt. Its choice of algorithm relies on matrices and biases that begin at 256 bytes, its default.
#pragma once

#include <cublasLt.h>

#include <map>
#include <memory>

namespace cmt {

inline void check(cublasStatus_t code, const char* doing) {
  if (code == CUBLAS_STATUS_SUCCESS) return;
  int status = code == CUBLAS_STATUS_ALLOC_FAILED ? OUT_OF_MEMORY : code == CUBLAS_STATUS_ARCH_MISMATCH ? UNAVAILABLE : FAILED;
  throw DeviceError(status, std::string(doing) + ": " + cublasLtGetStatusString(code));
}

// How a product of one shape is computed: its description and the library's choice of algorithm.
class ProductPlan {
 public:
  ProductPlan(cublasLtHandle_t library, const Product& shape, Rounding rounding, size_t workspace, const void* anyBias) {
    try {
      check(cublasLtMatmulDescCreate(&operation, computeType(rounding), CUDA_R_32F), "Describing a product");
      set(CUBLASLT_MATMUL_DESC_TRANSA, shape.transposeA ? CUBLAS_OP_T : CUBLAS_OP_N);
      set(CUBLASLT_MATMUL_DESC_TRANSB, shape.transposeB ? CUBLAS_OP_T : CUBLAS_OP_N);
      set(CUBLASLT_MATMUL_DESC_EPILOGUE, shape.epilogue == BIAS_RELU ? CUBLASLT_EPILOGUE_RELU_BIAS
                                         : shape.epilogue == BIAS    ? CUBLASLT_EPILOGUE_BIAS
                                                                     : CUBLASLT_EPILOGUE_DEFAULT);
      if (shape.epilogue != PLAIN) setBias(anyBias);
      describe(&a, shape.transposeA ? shape.k : shape.m, shape.transposeA ? shape.m : shape.k, shape.strideA);
      describe(&b, shape.transposeB ? shape.n : shape.k, shape.transposeB ? shape.k : shape.n, shape.strideB);
      describe(&d, shape.m, shape.n, shape.strideD);
      choose(library, workspace);
    } catch (...) {
      destroy();
      throw;
    }
  }
  ~ProductPlan() { destroy(); }
  ProductPlan(const ProductPlan&) = delete;
  ProductPlan& operator=(const ProductPlan&) = delete;

  // Whether the library has an algorithm.
  bool exists() const { return found > 0; }

  void setBias(const void* bias) { set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias); }

  void run(cublasLtHandle_t library, cudaStream_t stream, const float* left, const float* right, float* result, void* workspace,
           size_t bytes) const {
    float one = 1, none = 0;
    check(cublasLtMatmul(library, operation, &one, left, a, right, b, &none, result, d, result, d, &algorithm, workspace, bytes,
                         stream),
          "Multiplying matrices");
  }

 private:
  static cublasComputeType_t computeType(Rounding rounding) {
    return rounding == TF32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : rounding == BF16 ? CUBLAS_COMPUTE_32F_FAST_16BF : CUBLAS_COMPUTE_32F;
  }

  template <typename Value>
  void set(cublasLtMatmulDescAttributes_t attribute, const Value& value) {
    check(cublasLtMatmulDescSetAttribute(operation, attribute, &value, sizeof value), "Describing a product");
  }

  void describe(cublasLtMatrixLayout_t* layout, int rows, int columns, int stride) {
    check(cublasLtMatrixLayoutCreate(layout, CUDA_R_32F, rows, columns, stride), "Describing a matrix");
  }

  void choose(cublasLtHandle_t library, size_t workspace) {
    cublasLtMatmulPreference_t preference = nullptr;
    check(cublasLtMatmulPreferenceCreate(&preference), "Choosing a product");
    cublasLtMatmulHeuristicResult_t best;
    cublasStatus_t code =
        cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &workspace, sizeof workspace);
    if (code == CUBLAS_STATUS_SUCCESS) {
      code = cublasLtMatmulAlgoGetHeuristic(library, operation, a, b, d, d, preference, 1, &best, &found);
    }
    cublasLtMatmulPreferenceDestroy(preference);
    if (code != CUBLAS_STATUS_NOT_SUPPORTED) check(code, "Choosing a product");
    if (exists()) algorithm = best.algo;
  }

  void destroy() {
    if (d) cublasLtMatrixLayoutDestroy(d);
    if (b) cublasLtMatrixLayoutDestroy(b);
    if (a) cublasLtMatrixLayoutDestroy(a);
    if (operation) cublasLtMatmulDescDestroy(operation);
  }

  cublasLtMatmulDesc_t operation = nullptr;
  cublasLtMatrixLayout_t a = nullptr, b = nullptr, d = nullptr;
  cublasLtMatmulAlgo_t algorithm;
  int found = 0;
};

// The products of one stream, which own its workspace.
class Products {
 public:
  explicit Products(Rounding rounding) : rounding(rounding) {
    workspace.reserve(WORKSPACE);
    check(cublasLtCreate(&library), "Starting cuBLASLt");
  }
  ~Products() {
    plans.clear();
    cublasLtDestroy(library);
  }
  Products(const Products&) = delete;
  Products& operator=(const Products&) = delete;

  bool has(const Product& shape, const float* bias) { return plan(shape, bias).exists(); }

  void multiply(Stream& stream, const Product& shape, const float* a, const float* b, float* d, const float* bias) {
    ProductPlan& chosen = plan(shape, bias);
    if (!chosen.exists()) {
      throw DeviceError(FAILED, "cuBLASLt has no product of " + std::to_string(shape.m) + " x " + std::to_string(shape.n) + " x " +
                                    std::to_string(shape.k) + " for this GPU");
    }
    if (shape.epilogue != PLAIN) chosen.setBias(bias);
    chosen.run(library, stream.get(), a, b, d, workspace.get(), WORKSPACE);
  }

 private:
  ProductPlan& plan(const Product& shape, const float* bias) {
    std::unique_ptr<ProductPlan>& plan = plans[shape];
    if (!plan) plan = std::make_unique<ProductPlan>(library, shape, rounding, WORKSPACE, bias);
    return *plan;
  }

  static const size_t WORKSPACE = 32 << 20;  // what cuBLAS itself takes on Hopper

  const Rounding rounding;
  cublasLtHandle_t library = nullptr;
  DeviceArray<char> workspace;
  std::map<Product, std::unique_ptr<ProductPlan>> plans;
};

}  // namespace cmt
