// Vectors of lanes, one conformation a lane: 8 doubles or 16 floats with AVX-512, half of that with AVX2, 2 and 4 in
// the portable build. Compiled once for each instruction set, hence no include guard; see kernel.h.

namespace cmt::CMT_ISA {

using Doubles [[gnu::vector_size(CMT_LANE_BYTES)]] = double;
using Floats [[gnu::vector_size(CMT_LANE_BYTES)]] = float;
using Longs [[gnu::vector_size(CMT_LANE_BYTES)]] = std::int64_t;
using Ints [[gnu::vector_size(CMT_LANE_BYTES)]] = std::int32_t;

template <class V>
struct Lanes;

template <>
struct Lanes<Doubles> {
  using Real = double;
  using Bits = Longs;
  static constexpr int COUNT = CMT_LANE_BYTES / 8;
  static constexpr int MANTISSA = 52;
  static constexpr std::int64_t BIAS = 1023;
  static constexpr double ROUNDER = 0x1.8p52; // adding it leaves the nearest integer in the low bits
};

template <>
struct Lanes<Floats> {
  using Real = float;
  using Bits = Ints;
  static constexpr int COUNT = CMT_LANE_BYTES / 4;
  static constexpr int MANTISSA = 23;
  static constexpr std::int32_t BIAS = 127;
  static constexpr float ROUNDER = 0x1.8p23f;
};

// Terms that are taken through a chain of dependent operations side by side, stage by stage: one term alone would leave
// the processor waiting for results most of the time.
constexpr int STAGED = 6;

template <class V>
using RealOf = typename Lanes<V>::Real;

template <class V>
CMT_INLINE V splat(RealOf<V> value) {
  return V{} + value;
}

template <class V>
CMT_INLINE V magnitude(V x) {
  return x < V{} ? -x : x;
}

// The larger or smaller of x and a bound; NaN if x is NaN, which is what the hardware gives for its second operand.
#if CMT_LANE_BYTES == 64

CMT_INLINE Doubles atLeast(Doubles x, Doubles floor) {
  return (Doubles)_mm512_maskz_max_pd(0xff, (__m512d)floor, (__m512d)x);
}
CMT_INLINE Floats atLeast(Floats x, Floats floor) {
  return (Floats)_mm512_maskz_max_ps(0xffff, (__m512)floor, (__m512)x);
}
CMT_INLINE Doubles atMost(Doubles x, Doubles ceiling) {
  return (Doubles)_mm512_maskz_min_pd(0xff, (__m512d)ceiling, (__m512d)x);
}
CMT_INLINE Floats atMost(Floats x, Floats ceiling) {
  return (Floats)_mm512_maskz_min_ps(0xffff, (__m512)ceiling, (__m512)x);
}
CMT_INLINE bool allAtLeast(Doubles x, Doubles floor) {
  return _mm512_cmp_pd_mask((__m512d)x, (__m512d)floor, _CMP_GE_OQ) == 0xff;
}
CMT_INLINE bool allAtLeast(Floats x, Floats floor) {
  return _mm512_cmp_ps_mask((__m512)x, (__m512)floor, _CMP_GE_OQ) == 0xffff;
}

// The hardware's 14 bits, refined by the series of (1 - e)^(-1/2) and 1/(1 - e) to an ulp; far cheaper than the
// divider. Zero gives NaN.
CMT_INLINE Doubles inverseRoot(Doubles x) {
  const Doubles y = (Doubles)_mm512_maskz_rsqrt14_pd(0xff, (__m512d)x);
  const Doubles e = 1.0 - (x * y) * y;
  return y + (y * e) * ((0.3125 * e + 0.375) * e + 0.5);
}
CMT_INLINE Floats inverseRoot(Floats x) {
  const Floats y = (Floats)_mm512_maskz_rsqrt14_ps(0xffff, (__m512)x);
  const Floats e = 1.0f - (x * y) * y;
  return y + (y * e) * 0.5f;
}
CMT_INLINE Doubles inverse(Doubles x) {
  const Doubles y = (Doubles)_mm512_maskz_rcp14_pd(0xff, (__m512d)x);
  const Doubles e = 1.0 - x * y;
  const Doubles once = y + y * e;
  return once + once * (e * e);
}
CMT_INLINE Floats inverse(Floats x) {
  const Floats y = (Floats)_mm512_maskz_rcp14_ps(0xffff, (__m512)x);
  return y + y * (1.0f - x * y);
}
template <class V>
CMT_INLINE V root(V x) {
  return x * inverseRoot(atLeast(x, splat<V>(RealOf<V>(1e-37))));
}

#elif CMT_LANE_BYTES == 32

CMT_INLINE Doubles atLeast(Doubles x, Doubles floor) { return (Doubles)_mm256_max_pd((__m256d)floor, (__m256d)x); }
CMT_INLINE Floats atLeast(Floats x, Floats floor) { return (Floats)_mm256_max_ps((__m256)floor, (__m256)x); }
CMT_INLINE Doubles atMost(Doubles x, Doubles ceiling) { return (Doubles)_mm256_min_pd((__m256d)ceiling, (__m256d)x); }
CMT_INLINE Floats atMost(Floats x, Floats ceiling) { return (Floats)_mm256_min_ps((__m256)ceiling, (__m256)x); }
CMT_INLINE bool allAtLeast(Doubles x, Doubles floor) {
  return _mm256_movemask_pd(_mm256_cmp_pd((__m256d)x, (__m256d)floor, _CMP_GE_OQ)) == 0xf;
}
CMT_INLINE bool allAtLeast(Floats x, Floats floor) {
  return _mm256_movemask_ps(_mm256_cmp_ps((__m256)x, (__m256)floor, _CMP_GE_OQ)) == 0xff;
}
CMT_INLINE Doubles root(Doubles x) { return (Doubles)_mm256_sqrt_pd((__m256d)x); }
CMT_INLINE Floats root(Floats x) { return (Floats)_mm256_sqrt_ps((__m256)x); }

#else

template <class V>
CMT_INLINE V atLeast(V x, V floor) {
  return x < floor ? floor : x;
}
template <class V>
CMT_INLINE V atMost(V x, V ceiling) {
  return x > ceiling ? ceiling : x;
}
CMT_INLINE bool allAtLeast(Doubles x, Doubles floor) {
  for (int lane = 0; lane < Lanes<Doubles>::COUNT; lane++)
    if (!(x[lane] >= floor[lane])) return false;
  return true;
}
CMT_INLINE bool allAtLeast(Floats x, Floats floor) {
  for (int lane = 0; lane < Lanes<Floats>::COUNT; lane++)
    if (!(x[lane] >= floor[lane])) return false;
  return true;
}
template <class V>
CMT_INLINE V root(V x) {
  V result;
  for (int lane = 0; lane < Lanes<V>::COUNT; lane++) result[lane] = std::sqrt(x[lane]);
  return result;
}

#endif

#if CMT_LANE_BYTES != 64
template <class V>
CMT_INLINE V inverseRoot(V x) {
  return RealOf<V>(1) / root(x);
}
template <class V>
CMT_INLINE V inverse(V x) {
  return RealOf<V>(1) / x;
}
#endif

// Columns of a block of rows, one row a lane: columns[n] of lane k is row[k][n].
template <class V>
CMT_INLINE void gatherColumns(const double *const *row, int count, V *columns) {
  for (int n = 0; n < count; n++)
    for (int lane = 0; lane < Lanes<V>::COUNT; lane++) columns[n][lane] = RealOf<V>(row[lane][n]);
}

// The reverse, of the first rows.
template <class V>
CMT_INLINE void scatterColumns(const V *columns, int count, double *const *row, int rows) {
  for (int n = 0; n < count; n++)
    for (int lane = 0; lane < rows; lane++) row[lane][n] = columns[n][lane];
}

#if CMT_LANE_BYTES == 64

// Eight vectors as a matrix: halves are exchanged over ever shorter distances.
CMT_INLINE void transpose(__m512d (&v)[8]) {
  __m512d w[8];
#pragma GCC unroll 4
  for (int n = 0; n < 4; n++) {
    w[2 * n] = _mm512_maskz_unpacklo_pd(0xff, v[2 * n], v[2 * n + 1]);
    w[2 * n + 1] = _mm512_maskz_unpackhi_pd(0xff, v[2 * n], v[2 * n + 1]);
  }
#pragma GCC unroll 4
  for (int n = 0; n < 4; n++) {
    const int low = n % 2 + n / 2 * 4; // w[low] and w[low + 2] hold the same columns of four rows
    v[low] = _mm512_maskz_shuffle_f64x2(0xff, w[low], w[low + 2], 0x88);
    v[low + 2] = _mm512_maskz_shuffle_f64x2(0xff, w[low], w[low + 2], 0xdd);
  }
#pragma GCC unroll 4
  for (int n = 0; n < 4; n++) {
    w[n] = _mm512_maskz_shuffle_f64x2(0xff, v[n], v[n + 4], 0x88);
    w[n + 4] = _mm512_maskz_shuffle_f64x2(0xff, v[n], v[n + 4], 0xdd);
  }
#pragma GCC unroll 8
  for (int n = 0; n < 8; n++) v[n] = w[n];
}

template <>
CMT_INLINE void gatherColumns(const double *const *row, int count, Doubles *columns) {
  for (int n = 0; n < count; n += 8) {
    const int wide = count - n < 8 ? count - n : 8;
    __m512d v[8];
#pragma GCC unroll 8
    for (int lane = 0; lane < 8; lane++) v[lane] = _mm512_maskz_loadu_pd(__mmask8(0xff >> (8 - wide)), row[lane] + n);
    transpose(v);
#pragma GCC unroll 8
    for (int k = 0; k < 8; k++)
      if (k < wide) columns[n + k] = (Doubles)v[k];
  }
}

template <>
CMT_INLINE void scatterColumns(const Doubles *columns, int count, double *const *row, int rows) {
  for (int n = 0; n < count; n += 8) {
    const int wide = count - n < 8 ? count - n : 8;
    __m512d v[8];
#pragma GCC unroll 8
    for (int k = 0; k < 8; k++) v[k] = (__m512d)columns[n + (k < wide ? k : 0)];
    transpose(v);
#pragma GCC unroll 8
    for (int lane = 0; lane < 8; lane++)
      if (lane < rows) _mm512_mask_storeu_pd(row[lane] + n, __mmask8(0xff >> (8 - wide)), v[lane]);
  }
}

#endif

} // namespace cmt::CMT_ISA
