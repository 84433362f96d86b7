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

// What one atom takes of the other's Born sum, and (dI/dr)/r.
template <class V>
struct BornShare {
  V share, slope;
};

template <class V, bool FORCES>
CMT_INLINE BornShare<V> overlappingShare(V r, V inverse, RealOf<V> offsetRadius, RealOf<V> inverseOffsetRadius,
                                         RealOf<V> scaledRadius, bool engulfCorrection) {
  using Real = RealOf<V>;
  const V upper = r + scaledRadius;
  const V lower = atLeast(magnitude(r - scaledRadius), splat<V>(offsetRadius));
  const V overProduct = cmt::CMT_ISA::inverse(lower * upper);
  const V l = upper * overProduct, u = lower * overProduct;
  const V squares = u * u - l * l;
  const V logRatio = logarithm(lower * u) * inverse;
  const V scaledSquare = (scaledRadius * scaledRadius) * inverse;
  V twice = (l - u) + Real(0.25) * (r - scaledSquare) * squares + Real(0.5) * logRatio;
  V twiceSlope{};
  if constexpr (FORCES)
    twiceSlope = (Real(0.25) * (Real(1) + scaledSquare * inverse) * squares - Real(0.5) * logRatio * inverse) * inverse;
  // Atom i lies wholly inside the sphere of j.
  const auto engulfed = scaledRadius - r > splat<V>(offsetRadius);
  if (engulfCorrection) {
    twice += engulfed ? Real(2) * (inverseOffsetRadius - l) : V{};
  } else if constexpr (FORCES) {
    twiceSlope += engulfed ? Real(2) * l * l * inverse : V{}; // the lower bound still moves with r
  }
  const auto apart = upper <= splat<V>(offsetRadius);
  BornShare<V> result{};
  result.share = apart ? V{} : Real(0.5) * twice;
  if constexpr (FORCES) result.slope = apart ? V{} : Real(0.5) * twiceSlope;
  return result;
}

// What the three passes keep between them, one for each precision.
template <class V>
struct PairScratch {
  V *pairForces; // [pairs][3]: (dE/dr)/r without Born radii, (dI_ij/dr)/r, (dI_ji/dr)/r
  V *bornSums;   // [atoms]
  V *bornRadii, *inverseRadii, *radiusSlopes; // [atoms]; slopes: dB/dI
  V *bornForces; // [atoms]: dE/dB, then dE/dI
};

template <class V>
CMT_INLINE V distanceSquared(const Vector3<V> &d) {
  return dot(d, d);
}

// First pass: the pair energies that need no Born radii, and the Born sums.
template <class V, bool FORCES, bool SOLVATED, bool INTERACTING>
CMT_BODY V distancePass(const Tables<RealOf<V>> &tables, const V *x, const PairScratch<V> &scratch) {
  using Real = RealOf<V>;
  const bool engulfCorrection = tables.solvent.engulfCorrection;
  const PairTerm<Real> *pairs = tables.pairs.data();
  const SolventAtom<Real> *solventAtoms = tables.solventAtoms.data();
  V energy{};
  for (const PairRow &row : INTERACTING ? tables.interacting : tables.excluded) {
    const Vector3<V> xi = at(x, row.i);
    SolventAtom<Real> atomI{};
    if constexpr (SOLVATED) atomI = solventAtoms[row.i];
    V rowEnergy{}, rowBorn{};
    for (int n = row.begin; n < row.end; n++) {
      const PairTerm<Real> &pair = pairs[n];
      const V square = distanceSquared(xi - at(x, pair.j));
      const V inverse = inverseRoot(square);
      const V inverseSquare = inverse * inverse;
      V force{};
      if constexpr (INTERACTING) {
        const V sixth = inverseSquare * inverseSquare * inverseSquare;
        const V repulsion = pair.repulsion * sixth * sixth, dispersion = pair.dispersion * sixth;
        const V coulomb = pair.coulomb * inverse;
        rowEnergy += (repulsion + dispersion) + coulomb;
        if constexpr (FORCES)
          force = -inverseSquare * (Real(12) * repulsion + (Real(6) * dispersion + coulomb));
      }
      if constexpr (SOLVATED) {
        const SolventAtom<Real> &atomJ = solventAtoms[pair.j];
        BornShare<V> ofI, ofJ;
        if (__builtin_expect(allAtLeast(square, splat<V>(pair.closeSquared)), 1)) {
          const V xj = (atomJ.scaledRadius * atomJ.scaledRadius) * inverseSquare;
          const V xi2 = (atomI.scaledRadius * atomI.scaledRadius) * inverseSquare;
          const V fourth = inverseSquare * inverseSquare;
          const V scaleI = atomJ.halfCube * fourth, scaleJ = atomI.halfCube * fourth;
          if (allAtLeast(square, splat<V>(pair.farSquared))) {
            ofI.share = scaleI * farSeries(xj);
            ofJ.share = scaleJ * farSeries(xi2);
          } else {
            ofI.share = scaleI * closeSeries(xj);
            ofJ.share = scaleJ * closeSeries(xi2);
          }
          if constexpr (FORCES) {
            const V restJ = Real(1) - xj, restI = Real(1) - xi2;
            const V overBoth = cmt::CMT_ISA::inverse(restJ * restI);
            const V overJ = overBoth * restI, overI = overBoth * restJ;
            ofI.slope = -inverseSquare * (ofI.share + Real(2) * scaleI * (overJ * overJ));
            ofJ.slope = -inverseSquare * (ofJ.share + Real(2) * scaleJ * (overI * overI));
          }
        } else {
          const V r = square * inverse;
          ofI = overlappingShare<V, FORCES>(r, inverse, atomI.offsetRadius, atomI.inverseOffsetRadius,
                                            atomJ.scaledRadius, engulfCorrection);
          ofJ = overlappingShare<V, FORCES>(r, inverse, atomJ.offsetRadius, atomJ.inverseOffsetRadius,
                                            atomI.scaledRadius, engulfCorrection);
        }
        rowBorn += ofI.share;
        scratch.bornSums[pair.j] += ofJ.share;
        if constexpr (FORCES) {
          scratch.pairForces[3 * n + 1] = ofI.slope;
          scratch.pairForces[3 * n + 2] = ofJ.slope;
        }
      }
      if constexpr (FORCES) scratch.pairForces[3 * n] = force;
    }
    energy += rowEnergy;
    if constexpr (SOLVATED) scratch.bornSums[row.i] += rowBorn;
  }
  return energy;
}

// Born radii from the sums, with the self and the surface energies.
template <class V, bool FORCES>
CMT_BODY V bornRadii(const Tables<RealOf<V>> &tables, const PairScratch<V> &scratch) {
  using Real = RealOf<V>;
  const Real alpha = Real(tables.solvent.alpha), beta = Real(tables.solvent.beta), gamma = Real(tables.solvent.gamma);
  V energy{};
  for (int i = 0; i < tables.atoms; i++) {
    const SolventAtom<Real> &atom = tables.solventAtoms[i];
    const V psi = atom.offsetRadius * scratch.bornSums[i];
    const V tanh = hyperbolicTangent(psi * (alpha + psi * (gamma * psi - beta)));
    const V inverseRadius = atom.inverseOffsetRadius - tanh * atom.inverseRadius;
    const V radius = inverse(inverseRadius);
    const V self = atom.self * inverseRadius;
    const V square = inverseRadius * inverseRadius;
    const V surface = atom.surface * (square * square * square);
    energy += self + surface;
    scratch.bornRadii[i] = radius;
    scratch.inverseRadii[i] = inverseRadius;
    if constexpr (FORCES) {
      const V steepness = alpha + psi * (Real(3) * gamma * psi - Real(2) * beta);
      scratch.radiusSlopes[i] =
          (radius * radius) * (Real(1) - tanh * tanh) * steepness * (atom.offsetRadius * atom.inverseRadius);
      scratch.bornForces[i] = -inverseRadius * (self + Real(6) * surface);
    }
  }
  return energy;
}

// Second pass: E = prefactor q_i q_j / f with f^2 = r^2 + B_i B_j exp(-r^2 / (4 B_i B_j)).
template <class V, bool FORCES>
CMT_BODY V bornPass(const Tables<RealOf<V>> &tables, const std::vector<PairRow> &rows, const V *x,
                    const PairScratch<V> &scratch) {
  using Real = RealOf<V>;
  const PairTerm<Real> *pairs = tables.pairs.data();
  V energy{};
  for (const PairRow &row : rows) {
    const Vector3<V> xi = at(x, row.i);
    const V radiusI = scratch.bornRadii[row.i];
    const V quarterInverseI = Real(0.25) * scratch.inverseRadii[row.i];
    V rowEnergy{}, rowForce{};
    for (int n = row.begin; n < row.end; n++) {
      const PairTerm<Real> &pair = pairs[n];
      const V square = distanceSquared(xi - at(x, pair.j));
      const V radiusJ = scratch.bornRadii[pair.j];
      const V product = radiusI * radiusJ;
      const V exponent = square * (quarterInverseI * scratch.inverseRadii[pair.j]);
      const V decay = exponential(-exponent);
      const V inverseF = inverseRoot(square + product * decay);
      const V term = pair.born * inverseF;
      rowEnergy += term;
      if constexpr (FORCES) {
        const V scaled = term * (inverseF * inverseF);
        const V damped = scaled * decay;
        scratch.pairForces[3 * n] += Real(0.25) * damped - scaled;
        const V perProduct = Real(-0.5) * damped * (Real(1) + exponent);
        rowForce += perProduct * radiusJ;
        scratch.bornForces[pair.j] += perProduct * radiusI;
      }
    }
    energy += rowEnergy;
    if constexpr (FORCES) scratch.bornForces[row.i] += rowForce;
  }
  return energy;
}

// Third pass: every pair's force at once.
template <class V, bool SOLVATED>
CMT_BODY void forcePass(const Tables<RealOf<V>> &tables, const std::vector<PairRow> &rows, const V *x,
                        const PairScratch<V> &scratch, V *forces) {
  const PairTerm<RealOf<V>> *pairs = tables.pairs.data();
  for (const PairRow &row : rows) {
    const Vector3<V> xi = at(x, row.i);
    Vector3<V> onI{};
    V bornI{};
    if constexpr (SOLVATED) bornI = scratch.bornForces[row.i];
    for (int n = row.begin; n < row.end; n++) {
      const int j = pairs[n].j;
      V slope = scratch.pairForces[3 * n];
      if constexpr (SOLVATED)
        slope += bornI * scratch.pairForces[3 * n + 1] + scratch.bornForces[j] * scratch.pairForces[3 * n + 2];
      const Vector3<V> f = slope * (xi - at(x, j));
      onI = onI + f;
      add(forces, j, f);
    }
    add(forces, row.i, -onI);
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
    energies.solvent += bornPass<V, FORCES>(tables, tables.interacting, x, scratch);
    energies.solvent += bornPass<V, FORCES>(tables, tables.excluded, x, scratch);
    if constexpr (FORCES) {
      for (int i = 0; i < tables.atoms; i++) scratch.bornForces[i] *= scratch.radiusSlopes[i];
      forcePass<V, true>(tables, tables.interacting, x, scratch, forces);
      forcePass<V, true>(tables, tables.excluded, x, scratch, forces);
    }
  } else {
    energies.nonbonded = distancePass<V, FORCES, false, true>(tables, x, scratch);
    if constexpr (FORCES) forcePass<V, false>(tables, tables.interacting, x, scratch, forces);
  }
  return energies;
}

} // namespace cmt::CMT_ISA
