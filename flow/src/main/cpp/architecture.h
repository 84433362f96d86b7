// A flow as the kernel sees it: couplings in their order from base to data.
#pragma once

#include <algorithm>
#include <vector>

namespace cmt {

struct Linear {
  int inputs, outputs, weightOffset, biasOffset, activation;
};

struct Coupling {
  std::vector<int> transformed;
  int plainTransformed;
  std::vector<int> conditioning;
  int plainConditioning;
  std::vector<Linear> layers;
};

struct Architecture {
  int dimension, bins;
  long parameterCount;
  // Columns with the truncated normal base.
  std::vector<int> normalColumns;
  float normalMean, normalPrecision;
  double logNormalizer;
  std::vector<int> circularColumns;
  std::vector<Coupling> couplings;
  // Of the circular columns after couplings 1, 3, 5, ...
  std::vector<float> shifts;
};

}  // namespace cmt
