// Elementary functions of vectors. Polynomials interpolate at Chebyshev nodes (computed with 60 digits); the relative
// error of each is below an ulp of its precision on the stated interval. Compiled once for each instruction set.

namespace cmt::CMT_ISA {

// Coefficients from the constant term up. Two interleaved Horner chains halve the latency.
template <class V, std::size_t N>
CMT_INLINE V polynomial(V x, const RealOf<V> (&c)[N]) {
  const V square = x * x;
  V even = splat<V>(c[(N - 1) / 2 * 2]);
  V odd = splat<V>(c[N / 2 * 2 - 1]);
#pragma GCC unroll 16
  for (int n = int((N - 1) / 2 * 2) - 2; n >= 0; n -= 2) even = even * square + c[n];
#pragma GCC unroll 16
  for (int n = int(N / 2 * 2) - 3; n > 0; n -= 2) odd = odd * square + c[n];
  return odd * x + even;
}

// e^x on |x| <= ln(2)/2.
CMT_INLINE Doubles expSeries(Doubles x) {
  static constexpr double C[] = {1,
                                 1,
                                 0.50000000000000189,
                                 0.1666666666666668,
                                 0.041666666666487953,
                                 0.008333333333319589,
                                 0.0013888888952352863,
                                 0.00019841269890076403,
                                 2.4801485441561313e-05,
                                 2.7557240887229869e-06,
                                 2.763265472252779e-07,
                                 2.5110049204818658e-08};
  return polynomial(x, C);
}
CMT_INLINE Floats expSeries(Floats x) {
  static constexpr float C[] = {1.0f,           1.00000004f,    0.500000005f,  0.166664154f,
                                0.0416663528f, 0.00837513477f, 0.00139411189f};
  return polynomial(x, C);
}

CMT_INLINE Doubles withoutMultiplesOfLn2(Doubles x, Doubles n) {
  return (x - n * 0.6931471803691238) - n * 1.9082149292705877e-10;
}
CMT_INLINE Floats withoutMultiplesOfLn2(Floats x, Floats n) {
  return (x - n * 0.693359375f) - n * -0.00021219444f;
}

// The exponential of arguments up to about 700 (float 80); what would not be a normal number gives the least one.
template <class V>
CMT_INLINE V exponential(V x) {
  using L = Lanes<V>;
  using Real = RealOf<V>;
  constexpr Real LIMIT = (L::BIAS - 1) * Real(0.6931471);
  const V bounded = atLeast(x, splat<V>(-LIMIT));
  const V shifted = bounded * Real(1.4426950408889634) + L::ROUNDER;
  const V power = (V)(((typename L::Bits)shifted + L::BIAS) << L::MANTISSA);
  return expSeries(withoutMultiplesOfLn2(bounded, shifted - L::ROUNDER)) * power;
}

// (2 atanh(s) - 2 s) / s^3 in z = s^2, on [0, 0.0296].
CMT_INLINE Doubles logSeries(Doubles z) {
  static constexpr double C[] = {0.66666666666666696, 0.39999999999896069, 0.28571428627528794, 0.22222210881932927,
                                 0.18182907497671219, 0.15331112587960169, 0.1462395660821188};
  return polynomial(z, C);
}
CMT_INLINE Floats logSeries(Floats z) {
  static constexpr float C[] = {0.666666666f, 0.400001239f, 0.28550587f, 0.23336811f};
  return polynomial(z, C);
}

// Adds n ln 2, the large part last.
CMT_INLINE Doubles plusMultiplesOfLn2(Doubles x, Doubles n) {
  return (x + n * 1.9082149292705877e-10) + n * 0.6931471803691238;
}
CMT_INLINE Floats plusMultiplesOfLn2(Floats x, Floats n) { return (x + n * -0.00021219444f) + n * 0.693359375f; }

// Natural logarithm of positive normal numbers: x = 2^n m with m in [sqrt(1/2), sqrt(2)), then
// ln m = 2 atanh((m - 1)/(m + 1)). NaN in is not NaN out.
template <class V>
CMT_INLINE V logarithm(V x) {
  using L = Lanes<V>;
  using Bits = typename L::Bits;
  using Real = RealOf<V>;
  const Bits rootHalf = (Bits)splat<V>(Real(0.70710678118654752));
  const Bits one = (Bits)splat<V>(Real(1));
  const Bits offset = (Bits)x - rootHalf + one;
  // offset's exponent field is n + bias, a small positive number: planted under ROUNDER's mantissa it becomes a real.
  const Bits field = (offset >> L::MANTISSA) & (2 * L::BIAS + 1);
  const V exponent = (V)(field | (Bits)splat<V>(L::ROUNDER)) - (L::ROUNDER + Real(L::BIAS));
  const V mantissa = (V)((Bits)x - ((field - L::BIAS) << L::MANTISSA));
  const V f = mantissa - Real(1);
  const V s = f * inverse(mantissa + Real(1));
  const V z = s * s;
  return plusMultiplesOfLn2(Real(2) * s + s * z * logSeries(z), exponent);
}

// (asin(s) - s) / s^3 in z = s^2, on [0, 1/4].
CMT_INLINE Doubles asinSeries(Doubles z) {
  static constexpr double C[] = {0.16666666666666649,  0.075000000000207637, 0.044642857103423646,
                                 0.03038194736709848,  0.02237204763174451,  0.017355259955786323,
                                 0.013929652902326633, 0.011875494382636922, 0.0078029494773533175,
                                 0.016035514349148822, -0.010749050339697808, 0.028169218060881414};
  return polynomial(z, C);
}
CMT_INLINE Floats asinSeries(Floats z) {
  static constexpr float C[] = {0.166666663f,  0.0750009454f, 0.0445994015f,
                                0.0311006627f, 0.0171492384f, 0.0336908472f};
  return polynomial(z, C);
}

// Arc cosine of |x| <= 1: pi/2 - asin x, and by acos x = 2 asin sqrt((1 - x)/2) beyond one half.
template <class V>
CMT_INLINE V arcCosine(V x) {
  using Real = RealOf<V>;
  constexpr Real PI = Real(3.14159265358979323846);
  constexpr Real HALF_PI = PI / 2;
  constexpr Real PI_REST = Real(3.14159265358979323846L - (long double)PI);
  const V size = magnitude(x);
  const auto outer = size > splat<V>(Real(0.5));
  const V z = outer ? Real(0.5) - Real(0.5) * size : x * x;
  const V s = outer ? root(z) : size;
  const V arc = s + s * z * asinSeries(z);
  const V inner = x < V{} ? HALF_PI + (arc + PI_REST / 2) : HALF_PI - (arc - PI_REST / 2);
  const V beyond = x < V{} ? PI - (Real(2) * arc - PI_REST) : Real(2) * arc;
  return outer ? beyond : inner;
}

// (sin(x)/x - 1)/z and (cos(x) - 1 + z/2)/z^2 in z = x^2, on |x| <= pi/4.
CMT_INLINE Doubles sineSeries(Doubles z) {
  static constexpr double C[] = {-0.16666666666666666,  0.008333333333330948,   -0.00019841269836756774,
                                 2.7557316101617874e-06, -2.505113165023518e-08, 1.5918115263265974e-10};
  return polynomial(z, C);
}
CMT_INLINE Doubles cosineSeries(Doubles z) {
  static constexpr double C[] = {0.041666666666666664,    -0.0013888888888887398, 2.480158729876456e-05,
                                 -2.7557317271145144e-07, 2.087614614655861e-09,  -1.1382623647474604e-11};
  return polynomial(z, C);
}

// Sine and cosine of arguments up to about 1e5. The first part of pi/2 has 33 bits, so that its multiples are exact.
CMT_INLINE void sineAndCosine(Doubles x, Doubles &sine, Doubles &cosine) {
  using Bits = Lanes<Doubles>::Bits;
  const Doubles shifted = x * 0.63661977236758134 + Lanes<Doubles>::ROUNDER;
  const Doubles quarters = shifted - Lanes<Doubles>::ROUNDER;
  const Doubles rest = (x - quarters * 1.5707963267341256) - quarters * 6.077100506506192e-11;
  const Doubles z = rest * rest;
  const Doubles s = rest + rest * z * sineSeries(z);
  const Doubles c = (1.0 - 0.5 * z) + z * z * cosineSeries(z);
  const Bits quadrant = (Bits)shifted;
  const auto swapped = (quadrant & 1) != 0;
  // Bit 1 of the quadrant is the sign of the sine, that of the next quadrant the sign of the cosine.
  sine = (Doubles)((Bits)(swapped ? c : s) ^ ((quadrant & 2) << 62));
  cosine = (Doubles)((Bits)(swapped ? s : c) ^ (((quadrant + 1) & 2) << 62));
}

// Absolute error of an ulp of one, which is what Born radii need.
template <class V>
CMT_INLINE V hyperbolicTangent(V x) {
  using Real = RealOf<V>;
  const V bounded = atLeast(atMost(x, splat<V>(Real(20))), splat<V>(Real(-20)));
  return Real(1) - Real(2) * inverse(exponential(Real(2) * bounded) + Real(1));
}

} // namespace cmt::CMT_ISA
