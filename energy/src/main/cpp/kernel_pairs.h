// Lennard-Jones, Coulomb and generalised Born of one block of conformations, in three passes over the pairs: distances
// with Born sums, Born energies, forces. Compiled once for each instruction set.
//
// Born sums follow Onufriev, Bashford and Case, Proteins 55, 383 (2004), eq. 6 and 7, as Hawkins, Cramer and Truhlar
// integrate them: atom j of scaled radius s takes from atom i of offset radius or, at distance r, the share
//   I = (1/L - 1/U + (r - s^2/r)(1/U^2 - 1/L^2)/4 + ln(L/U)/(2r)) / 2,   U = r + s,   L = max(or, |r - s|).
// Where r >= or + s this is (t/(1 - t^2) - atanh t)/(2r) with t = s/r, a series in t without cancellation:
//   I = t^3 P(t^2)/(2r),   P(x) = sum over k >= 1 of 2k/(2k + 1) x^(k - 1),
// and (dI/dr)/r = -(I + s^3/(r^4 (1 - t^2)^2))/r^2.

namespace cmt::CMT_ISA {

// P on [0, FAR_LIMIT]
CMT_INLINE Doubles farSeries(Doubles x) {
  static constexpr double C[] = {0.66666666666666663, 0.8000000000000741,  0.85714285711236737, 0.8888888937485433,
                                 0.90909051663449147, 0.92309507147003067, 0.93282477706160594, 0.94992800347351802,
                                 0.85774308781506547, 1.4413101220140405};
  return polynomial(x, C);
}
CMT_INLINE Floats farSeries(Floats x) {
  static constexpr float C[] = {0.666666667f, 0.800000138f, 0.85712287f, 0.889942114f, 0.884276626f, 1.18557371f};
  return polynomial(x, C);
}

// P on [0, CLOSE_LIMIT]
CMT_INLINE Doubles closeSeries(Doubles x) {
  static constexpr double C[] = {0.66666666666666696, 0.79999999999949722, 0.85714285726756645, 0.88888887671509109,
                                 0.90909152940409699, 0.92305796004344498, 0.93370998487178036, 0.93607553478091843,
                                 0.99582420947987216, 0.62514003024304154, 2.5274257835302345,  -4.3161254160488109,
                                 12.885260949471126,  -15.683583386175192, 12.530279750734779};
  return polynomial(x, C);
}
CMT_INLINE Floats closeSeries(Floats x) {
  static constexpr float C[] = {0.666666659f, 0.800003178f, 0.856923038f,  0.894615114f,
                                0.836964037f, 1.40444095f,  -0.764884134f, 3.71079576f};
  return polynomial(x, C);
}

// What two atoms take of each other's Born sums, and (dI/dr)/r: first what i takes of j, then the reverse.
template <class V>
struct BornShares {
  V share[2], slope[2];
};

// The expansion for pairs apart.
template <class V, bool FORCES, bool FAR>
CMT_INLINE BornShares<V> expandedShares(V inverseSquare, const SolventAtom<RealOf<V>> &atomI,
                                        const SolventAtom<RealOf<V>> &atomJ) {
  using Real = RealOf<V>;
  const V fourth = inverseSquare * inverseSquare;
  const V scale[2] = {atomJ.halfCube * fourth, atomI.halfCube * fourth};
  const V ratio[2] = {atomJ.scaledSquare * inverseSquare, atomI.scaledSquare * inverseSquare};
  BornShares<V> result;
  for (int n = 0; n < 2; n++) result.share[n] = scale[n] * (FAR ? farSeries(ratio[n]) : closeSeries(ratio[n]));
  if constexpr (FORCES) {
    const V rest[2] = {Real(1) - ratio[0], Real(1) - ratio[1]};
    const V overBoth = inverse(rest[0] * rest[1]);
    for (int n = 0; n < 2; n++) {
      const V over = overBoth * rest[1 - n];
      result.slope[n] = -inverseSquare * (result.share[n] + Real(2) * scale[n] * (over * over));
    }
  }
  return result;
}

// The integral as it stands, for pairs of which one reaches into the other.
template <class V, bool FORCES>
CMT_INLINE BornShares<V> overlappingShares(V square, V inverseR, const SolventAtom<RealOf<V>> &atomI,
                                           const SolventAtom<RealOf<V>> &atomJ, bool engulfCorrection) {
  using Real = RealOf<V>;
  const V r = square * inverseR;
  const SolventAtom<Real> *own[2] = {&atomI, &atomJ}, *other[2] = {&atomJ, &atomI};
  V upper[2], l[2], u[2], logRatio[2];
#pragma GCC unroll 2
  for (int n = 0; n < 2; n++) {
    upper[n] = r + other[n]->scaledRadius;
    const V lower = atLeast(magnitude(r - other[n]->scaledRadius), splat<V>(own[n]->offsetRadius));
    const V overProduct = inverse(lower * upper[n]);
    l[n] = upper[n] * overProduct;
    u[n] = lower * overProduct;
    logRatio[n] = lower * u[n];
  }
#pragma GCC unroll 2
  for (int n = 0; n < 2; n++) logRatio[n] = logarithm(logRatio[n]) * inverseR;
  BornShares<V> result;
#pragma GCC unroll 2
  for (int n = 0; n < 2; n++) {
    const V squares = u[n] * u[n] - l[n] * l[n];
    const V scaledSquare = other[n]->scaledSquare * inverseR;
    V twice = (l[n] - u[n]) + Real(0.25) * (r - scaledSquare) * squares + Real(0.5) * logRatio[n];
    V twiceSlope{};
    if constexpr (FORCES)
      twiceSlope =
          (Real(0.25) * (Real(1) + scaledSquare * inverseR) * squares - Real(0.5) * logRatio[n] * inverseR) * inverseR;
    // The atom lies wholly inside the sphere of the other.
    const auto engulfed = other[n]->scaledRadius - r > splat<V>(own[n]->offsetRadius);
    if (engulfCorrection) {
      twice += engulfed ? Real(2) * (own[n]->inverseOffsetRadius - l[n]) : V{};
    } else if constexpr (FORCES) {
      twiceSlope += engulfed ? Real(2) * l[n] * l[n] * inverseR : V{}; // the lower bound still moves with r
    }
    const auto outside = upper[n] <= splat<V>(own[n]->offsetRadius);
    result.share[n] = outside ? V{} : Real(0.5) * twice;
    if constexpr (FORCES) result.slope[n] = outside ? V{} : Real(0.5) * twiceSlope;
  }
  return result;
}

// What the three passes keep between them, one for each precision.
template <class V>
struct PairScratch {
  V *pairForces; // [pairs][3]: (dE/dr)/r without Born radii, (dI_ij/dr)/r, (dI_ji/dr)/r
  V *bornSums;   // [atoms]
  V *bornRadii, *halfInverseRadii, *radiusSlopes; // [atoms]: B, 1/(2B), dB/dI
  V *bornForces; // [atoms]: dE/dB, then dE/dI
};

template <class V>
CMT_INLINE V distanceSquared(const Vector3<V> &d) {
  return dot(d, d);
}

// First pass: the pair energies that need no Born radii, and the Born sums.
template <class V, bool FORCES, bool SOLVATED, bool INTERACTING, int STAGES>
CMT_INLINE void distanceStep(const Tables<RealOf<V>> &tables, int first, const V *x, const PairScratch<V> &scratch,
                             V &energy) {
  using Real = RealOf<V>;
  const PairTerm<Real> *pairs = tables.pairs.data() + first;
  V square[STAGES], inverseR[STAGES];
#pragma GCC unroll 8
  for (int n = 0; n < STAGES; n++) square[n] = distanceSquared(at(x, pairs[n].i) - at(x, pairs[n].j));
#pragma GCC unroll 8
  for (int n = 0; n < STAGES; n++) inverseR[n] = inverseRoot(square[n]);
#pragma GCC unroll 1
  for (int n = 0; n < STAGES; n++) {
    const PairTerm<Real> &pair = pairs[n];
    V *kept = scratch.pairForces + 3 * (first + n);
    const V inverseSquare = inverseR[n] * inverseR[n];
    V force{};
    if constexpr (INTERACTING) {
      const V sixth = inverseSquare * inverseSquare * inverseSquare;
      const V repulsion = pair.repulsion * sixth * sixth, dispersion = pair.dispersion * sixth;
      const V coulomb = pair.coulomb * inverseR[n];
      energy += (repulsion + dispersion) + coulomb;
      if constexpr (FORCES) force = -inverseSquare * (Real(12) * repulsion + (Real(6) * dispersion + coulomb));
    }
    if constexpr (SOLVATED) {
      const SolventAtom<Real> &atomI = tables.solventAtoms[pair.i], &atomJ = tables.solventAtoms[pair.j];
      BornShares<V> shares;
      if (allAtLeast(square[n], splat<V>(pair.farSquared)))
        shares = expandedShares<V, FORCES, true>(inverseSquare, atomI, atomJ);
      else if (allAtLeast(square[n], splat<V>(pair.closeSquared)))
        shares = expandedShares<V, FORCES, false>(inverseSquare, atomI, atomJ);
      else
        shares = overlappingShares<V, FORCES>(square[n], inverseR[n], atomI, atomJ, tables.solvent.engulfCorrection);
      scratch.bornSums[pair.i] += shares.share[0];
      scratch.bornSums[pair.j] += shares.share[1];
      if constexpr (FORCES) {
        kept[1] = shares.slope[0];
        kept[2] = shares.slope[1];
      }
    }
    if constexpr (FORCES) kept[0] = force;
  }
}

template <class V, bool FORCES, bool SOLVATED, bool INTERACTING>
CMT_BODY V distancePass(const Tables<RealOf<V>> &tables, const V *x, const PairScratch<V> &scratch) {
  V energy{};
  int n = INTERACTING ? 0 : tables.interacting;
  const int end = INTERACTING ? tables.interacting : int(tables.pairs.size());
  for (; n + STAGED <= end; n += STAGED) {
    V some{}; // sums of sums: single precision loses less
    distanceStep<V, FORCES, SOLVATED, INTERACTING, STAGED>(tables, n, x, scratch, some);
    energy += some;
  }
  for (; n < end; n++) distanceStep<V, FORCES, SOLVATED, INTERACTING, 1>(tables, n, x, scratch, energy);
  return energy;
}

// Born radii from the sums, with the self and the surface energies.
template <class V, bool FORCES, int STAGES>
CMT_INLINE void radiusStep(const Tables<RealOf<V>> &tables, int first, const PairScratch<V> &scratch, V &energy) {
  using Real = RealOf<V>;
  const Real alpha = Real(tables.solvent.alpha), beta = Real(tables.solvent.beta), gamma = Real(tables.solvent.gamma);
  const SolventAtom<Real> *atoms = tables.solventAtoms.data() + first;
  V psi[STAGES], tanh[STAGES], inverseRadius[STAGES], radius[STAGES];
#pragma GCC unroll 8
  for (int n = 0; n < STAGES; n++) {
    psi[n] = atoms[n].offsetRadius * scratch.bornSums[first + n];
    tanh[n] = hyperbolicTangent(psi[n] * (alpha + psi[n] * (gamma * psi[n] - beta)));
  }
#pragma GCC unroll 8
  for (int n = 0; n < STAGES; n++) {
    inverseRadius[n] = atoms[n].inverseOffsetRadius - tanh[n] * atoms[n].inverseRadius;
    radius[n] = inverse(inverseRadius[n]);
  }
#pragma GCC unroll 8
  for (int n = 0; n < STAGES; n++) {
    const V self = atoms[n].self * inverseRadius[n];
    const V square = inverseRadius[n] * inverseRadius[n];
    const V surface = atoms[n].surface * (square * square * square);
    energy += self + surface;
    scratch.bornRadii[first + n] = radius[n];
    scratch.halfInverseRadii[first + n] = Real(0.5) * inverseRadius[n];
    if constexpr (FORCES) {
      const V steepness = alpha + psi[n] * (Real(3) * gamma * psi[n] - Real(2) * beta);
      scratch.radiusSlopes[first + n] = (radius[n] * radius[n]) * (Real(1) - tanh[n] * tanh[n]) * steepness *
                                        (atoms[n].offsetRadius * atoms[n].inverseRadius);
      scratch.bornForces[first + n] = -inverseRadius[n] * (self + Real(6) * surface);
    }
  }
}

template <class V, bool FORCES>
CMT_BODY V bornRadii(const Tables<RealOf<V>> &tables, const PairScratch<V> &scratch) {
  constexpr int STAGES = 4;
  V energy{};
  int n = 0;
  for (; n + STAGES <= tables.atoms; n += STAGES) radiusStep<V, FORCES, STAGES>(tables, n, scratch, energy);
  for (; n < tables.atoms; n++) radiusStep<V, FORCES, 1>(tables, n, scratch, energy);
  return energy;
}

// Second pass: E = prefactor q_i q_j / f with f^2 = r^2 + B_i B_j exp(-r^2 / (4 B_i B_j)).
template <class V, bool FORCES, int STAGES>
CMT_INLINE void bornStep(const Tables<RealOf<V>> &tables, int first, const V *x, const PairScratch<V> &scratch,
                         V &energy) {
  using Real = RealOf<V>;
  const PairTerm<Real> *pairs = tables.pairs.data() + first;
  V square[STAGES], product[STAGES], exponent[STAGES], decay[STAGES], inverseF[STAGES];
#pragma GCC unroll 8
  for (int n = 0; n < STAGES; n++) {
    const int i = pairs[n].i, j = pairs[n].j;
    square[n] = distanceSquared(at(x, i) - at(x, j));
    product[n] = scratch.bornRadii[i] * scratch.bornRadii[j];
    exponent[n] = square[n] * (scratch.halfInverseRadii[i] * scratch.halfInverseRadii[j]);
  }
#pragma GCC unroll 8
  for (int n = 0; n < STAGES; n++) decay[n] = exponential(-exponent[n]);
#pragma GCC unroll 8
  for (int n = 0; n < STAGES; n++) inverseF[n] = inverseRoot(square[n] + product[n] * decay[n]);
#pragma GCC unroll 8
  for (int n = 0; n < STAGES; n++) {
    const PairTerm<Real> &pair = pairs[n];
    const V term = pair.born * inverseF[n];
    energy += term;
    if constexpr (FORCES) {
      const V scaled = term * (inverseF[n] * inverseF[n]);
      const V damped = scaled * decay[n];
      scratch.pairForces[3 * (first + n)] += Real(0.25) * damped - scaled;
      const V perProduct = Real(-0.5) * damped * (Real(1) + exponent[n]);
      scratch.bornForces[pair.i] += perProduct * scratch.bornRadii[pair.j];
      scratch.bornForces[pair.j] += perProduct * scratch.bornRadii[pair.i];
    }
  }
}

template <class V, bool FORCES>
CMT_BODY V bornPass(const Tables<RealOf<V>> &tables, const V *x, const PairScratch<V> &scratch) {
  V energy{};
  int n = 0;
  const int end = int(tables.pairs.size());
  for (; n + STAGED <= end; n += STAGED) {
    V some{};
    bornStep<V, FORCES, STAGED>(tables, n, x, scratch, some);
    energy += some;
  }
  for (; n < end; n++) bornStep<V, FORCES, 1>(tables, n, x, scratch, energy);
  return energy;
}

// Third pass: every pair's force at once. What acts on the atom that a run of pairs shares stays in registers.
template <class V, bool SOLVATED>
CMT_BODY void forcePass(const Tables<RealOf<V>> &tables, const V *x, const PairScratch<V> &scratch, V *forces) {
  const V *kept = scratch.pairForces;
  const PairTerm<RealOf<V>> *pair = tables.pairs.data();
  for (const PairRun &run : tables.runs) {
    const Vector3<V> xi = at(x, run.i);
    const V bornForce = SOLVATED ? scratch.bornForces[run.i] : V{};
    Vector3<V> onI{};
    for (int n = 0; n < run.count; n++, pair++, kept += 3) {
      V slope = kept[0];
      if constexpr (SOLVATED) slope += bornForce * kept[1] + scratch.bornForces[pair->j] * kept[2];
      const Vector3<V> f = slope * (xi - at(x, pair->j));
      onI = onI - f;
      add(forces, pair->j, f);
    }
    add(forces, run.i, onI);
  }
}

template <class V>
struct PairEnergies {
  V nonbonded, solvent;
};

template <class V, bool FORCES>
CMT_BODY PairEnergies<V> pairs(const Tables<RealOf<V>> &tables, const V *x, const PairScratch<V> &scratch, V *forces) {
  PairEnergies<V> energies{};
  if (tables.solvated) {
    for (int i = 0; i < tables.atoms; i++) scratch.bornSums[i] = V{};
    energies.nonbonded = distancePass<V, FORCES, true, true>(tables, x, scratch);
    distancePass<V, FORCES, true, false>(tables, x, scratch);
    energies.solvent = bornRadii<V, FORCES>(tables, scratch);
    energies.solvent += bornPass<V, FORCES>(tables, x, scratch);
    if constexpr (FORCES) {
      for (int i = 0; i < tables.atoms; i++) scratch.bornForces[i] *= scratch.radiusSlopes[i];
      forcePass<V, true>(tables, x, scratch, forces);
    }
  } else {
    energies.nonbonded = distancePass<V, FORCES, false, true>(tables, x, scratch);
    if constexpr (FORCES) forcePass<V, false>(tables, x, scratch, forces);
  }
  return energies;
}

} // namespace cmt::CMT_ISA
