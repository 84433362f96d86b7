// Vectors of CMT_LANES floats, one lane a row of the batch, and float32 elementary functions on them (1-2 ulp).
// Included once for each instruction set, inside its namespace and target; see isa.h.
// Comparisons are written so that a NaN passes through: a lost parameter must not look like a number.

typedef float Lanes __attribute__((vector_size(4 * CMT_LANES), may_alias));
typedef int Mask __attribute__((vector_size(4 * CMT_LANES), may_alias));
typedef float HalfLanes __attribute__((vector_size(2 * CMT_LANES)));
typedef double HalfWide __attribute__((vector_size(4 * CMT_LANES), may_alias));

#define CMT_INLINE static inline __attribute__((always_inline))

CMT_INLINE Lanes load(const float* from) { return *(const Lanes*)from; }

CMT_INLINE void store(float* to, Lanes value) { *(Lanes*)to = value; }

CMT_INLINE Lanes all(float value) { return Lanes{} + value; }

// A NaN in the second argument is handed on, by the definition of these instructions.
CMT_INLINE Lanes atLeast(Lanes bound, Lanes x) {
#if CMT_LANES == 16
  return (Lanes)_mm512_maskz_max_ps(0xffff, (__m512)bound, (__m512)x);
#elif CMT_LANES == 8
  return (Lanes)_mm256_max_ps((__m256)bound, (__m256)x);
#else
  return (Lanes)_mm_max_ps((__m128)bound, (__m128)x);
#endif
}

CMT_INLINE Lanes atMost(Lanes bound, Lanes x) {
#if CMT_LANES == 16
  return (Lanes)_mm512_maskz_min_ps(0xffff, (__m512)bound, (__m512)x);
#elif CMT_LANES == 8
  return (Lanes)_mm256_min_ps((__m256)bound, (__m256)x);
#else
  return (Lanes)_mm_min_ps((__m128)bound, (__m128)x);
#endif
}

CMT_INLINE Lanes clip(Lanes x, float least, float most) { return atMost(all(most), atLeast(all(least), x)); }

CMT_INLINE Lanes squareRoot(Lanes x) {
#if CMT_LANES == 16
  return (Lanes)_mm512_maskz_sqrt_ps(0xffff, (__m512)x);
#elif CMT_LANES == 8
  return (Lanes)_mm256_sqrt_ps((__m256)x);
#else
  return (Lanes)_mm_sqrt_ps((__m128)x);
#endif
}

CMT_INLINE HalfWide lowWide(Lanes x) {
#if CMT_LANES == 16
  return __builtin_convertvector((HalfLanes)__builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7), HalfWide);
#elif CMT_LANES == 8
  return __builtin_convertvector((HalfLanes)__builtin_shufflevector(x, x, 0, 1, 2, 3), HalfWide);
#else
  return __builtin_convertvector((HalfLanes)__builtin_shufflevector(x, x, 0, 1), HalfWide);
#endif
}

CMT_INLINE HalfWide highWide(Lanes x) {
#if CMT_LANES == 16
  return __builtin_convertvector((HalfLanes)__builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15), HalfWide);
#elif CMT_LANES == 8
  return __builtin_convertvector((HalfLanes)__builtin_shufflevector(x, x, 4, 5, 6, 7), HalfWide);
#else
  return __builtin_convertvector((HalfLanes)__builtin_shufflevector(x, x, 2, 3), HalfWide);
#endif
}

// sums[lane] += x, in double.
CMT_INLINE void addWide(double* sums, Lanes x) {
  HalfWide* wide = (HalfWide*)sums;
  wide[0] += lowWide(x);
  wide[1] += highWide(x);
}

// e^x. Beyond ±87 it stays at e^±87, so that no sum of 64 of them overflows to a NaN in a softmax.
CMT_INLINE Lanes exponential(Lanes x) {
  x = clip(x, -87.0f, 87.0f);
  // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
  Lanes shifted = x * 1.44269504f + 12582912.0f;
  Lanes n = shifted - 12582912.0f;
  Lanes r = x - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  Lanes p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  return (Lanes)((Mask)p + ((Mask)shifted << 23));
}

// log x for normal x > 0; NaN and infinity stay.
CMT_INLINE Lanes logarithm(Lanes x) {
  Mask bits = (Mask)x;
  Lanes e = __builtin_convertvector((bits >> 23) - 126, Lanes);
  Lanes m = (Lanes)((bits & 0x7fffff) | 0x3f000000);
  Mask low = m < 0.707106781f;
  e = e - (low ? all(1.0f) : all(0.0f));
  m = m + (low ? m : all(0.0f)) - 1.0f;
  Lanes square = m * m;
  Lanes p = m * 7.0376836292e-2f - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  Lanes y = p * m * square + e * -2.12194440e-4f - 0.5f * square;
  y = m + y + e * 0.693359375f;
  return x < __builtin_inff() ? y : x;
}

// log(1 + e^x) and its derivative, the logistic function.
CMT_INLINE Lanes softplus(Lanes x, Lanes* slope) {
  Lanes e = exponential(x > 0.0f ? -x : x);
  Lanes u = e + 1.0f;
  // e - (u - 1) is what rounding u lost: it matters where e is small, and 1 - e/2 is near enough to 1/u for it.
  Lanes tail = (e - (u - 1.0f)) * (1.0f - 0.5f * e);
  *slope = (x > 0.0f ? all(1.0f) : e) / u;
  return (x > 0.0f ? x : all(0.0f)) + (logarithm(u) + tail);
}

// cos 2πx and sin 2πx for x in [0, 1].
CMT_INLINE void circle(Lanes x, Lanes* cosine, Lanes* sine) {
  Lanes shifted = x * 4.0f + 12582912.0f;
  Mask quadrant = (Mask)shifted;
  Lanes r = (x - (shifted - 12582912.0f) * 0.25f) * 6.28318531f;
  Lanes square = r * r;
  Lanes s = square * -1.9515295891e-4f + 8.3321608736e-3f;
  s = s * square - 1.6666654611e-1f;
  s = s * square * r + r;
  Lanes c = square * 2.443315711809948e-5f - 1.388731625493765e-3f;
  c = c * square + 4.166664568298827e-2f;
  c = c * square * square - 0.5f * square + 1.0f;
  Mask swapped = (quadrant & 1) != 0;
  Lanes first = swapped ? s : c;
  Lanes second = swapped ? c : s;
  *cosine = (Lanes)((Mask)first ^ (((quadrant + 1) & 2) << 30));
  *sine = (Lanes)((Mask)second ^ ((quadrant & 2) << 30));
}
