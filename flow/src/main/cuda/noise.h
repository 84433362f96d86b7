// Draws from the base on the device: the numbers of dev.cmt.flow.base, so that a batch is the same wherever it is drawn.
#pragma once

#include <cstdint>

#include "device.h"

namespace cmt {

// Philox4x32-10 (Salmon, Moraes, Dror, Shaw, SC 2011): dev.cmt.flow.base.CounterRandom.
struct Philox {
  uint32_t words[4];

  CMT_DEVICE static Philox of(uint64_t key, uint64_t low, uint64_t high) {
    uint32_t c0 = (uint32_t)low, c1 = (uint32_t)(low >> 32), c2 = (uint32_t)high, c3 = (uint32_t)(high >> 32);
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round++) {
      uint64_t product0 = (uint64_t)0xD2511F53u * c0;
      uint64_t product1 = (uint64_t)0xCD9E8D57u * c2;
      uint32_t n0 = (uint32_t)(product1 >> 32) ^ c1 ^ k0;
      uint32_t n2 = (uint32_t)(product0 >> 32) ^ c3 ^ k1;
      c1 = (uint32_t)product1;
      c3 = (uint32_t)product0;
      c0 = n0;
      c2 = n2;
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    return {{c0, c1, c2, c3}};
  }

  // In (0, 1), with 52 random bits, from words 0 and 1 or 2 and 3.
  CMT_DEVICE double uniform(int first) const {
    uint64_t mantissa = ((uint64_t)words[first] << 20) | (words[first + 1] >> 12);
    return ((double)mantissa + 0.5) * 0x1p-52;
  }
};

// Lowest coefficient first.
CMT_DEVICE double polynomial(double x, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7) {
  return ((((((c7 * x + c6) * x + c5) * x + c4) * x + c3) * x + c2) * x + c1) * x + c0;
}

// The x with Phi(x) = p: algorithm AS 241, PPND16 (Wichura, Applied Statistics 37 (1988) 477-484).
CMT_DEVICE double normalQuantile(double p) {
  double q = p - 0.5;
  if (fabs(q) <= 0.425) {
    double r = 0.180625 - q * q;
    return q *
           polynomial(r, 3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
                      4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3) /
           polynomial(r, 1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4,
                      3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3);
  }
  double r = sqrt(-log(q < 0 ? p : 1 - p));
  double x = r <= 5
                 ? polynomial(r - 1.6, 1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
                              3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2,
                              7.74545014278341407640e-4) /
                       polynomial(r - 1.6, 1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
                                  1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
                                  1.05075007164441684324e-9)
                 : polynomial(r - 5, 6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
                              2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5,
                              2.01033439929228813265e-7) /
                       polynomial(r - 5, 1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
                                  7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
                                  2.04426310338993978564e-15);
  return q < 0 ? -x : x;
}

// The truncated normal columns of dev.cmt.flow.base.BaseDistribution: which they are, and their numbers.
struct Base {
  const char* normal;  // [dimension]
  float mean, precision;
  double sigma, tailMass, constant;  // the constant is that of all columns together

  CMT_DEVICE double quantile(double p) const {
    double z = (double)mean + sigma * normalQuantile(tailMass + p * (1 - 2 * tailMass));
    return z < 0 ? 0 : z > 1 ? 1 : z;
  }

  // Of one column's value, without the constant; a NaN stays one in uniform columns too.
  CMT_DEVICE double logDensity(int column, float z) const {
    float offset = z - mean;
    return normal[column] ? -0.5f * precision * offset * offset : 0 * z;
  }

  // Its derivative.
  CMT_DEVICE float slope(int column, float z) const { return normal[column] ? precision * (mean - z) : 0; }
};

// Item i: two neighbouring columns of a row, which come from one counter. The density is that of the stored float.
struct Draw {
  Base base;
  uint64_t key, firstStream;
  int dimension, pairs;  // pairs of columns a row, the last of which may be half
  float* state;
  double* logSlopes;

  CMT_DEVICE void operator()(int i) const {
    int row = i / pairs, pair = i - row * pairs;
    Philox bits = Philox::of(key, pair, firstStream + row);
    for (int half = 0; half < 2; half++) {
      int column = 2 * pair + half;
      if (column == dimension) return;
      double p = bits.uniform(2 * half);
      float z = (float)(base.normal[column] ? base.quantile(p) : p);
      long at = (long)row * dimension + column;
      state[at] = z;
      logSlopes[at] = base.logDensity(column, z);
    }
  }
};

}  // namespace cmt
