// Bonds, angles and torsions of one block of conformations. Positions and forces are [3 atoms] vectors. Compiled once
// for each instruction set.

namespace cmt::CMT_ISA {

template <class V>
struct Vector3 {
  V x, y, z;
};

template <class V>
CMT_INLINE Vector3<V> operator*(V a, const Vector3<V> &b) {
  return {a * b.x, a * b.y, a * b.z};
}
template <class V>
CMT_INLINE Vector3<V> operator+(const Vector3<V> &a, const Vector3<V> &b) {
  return {a.x + b.x, a.y + b.y, a.z + b.z};
}
template <class V>
CMT_INLINE Vector3<V> operator-(const Vector3<V> &a, const Vector3<V> &b) {
  return {a.x - b.x, a.y - b.y, a.z - b.z};
}
template <class V>
CMT_INLINE Vector3<V> operator-(const Vector3<V> &a) {
  return {-a.x, -a.y, -a.z};
}
template <class V>
CMT_INLINE V dot(const Vector3<V> &a, const Vector3<V> &b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
template <class V>
CMT_INLINE Vector3<V> cross(const Vector3<V> &a, const Vector3<V> &b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
template <class V>
CMT_INLINE Vector3<V> at(const V *x, int atom) {
  return {x[3 * atom], x[3 * atom + 1], x[3 * atom + 2]};
}
template <class V>
CMT_INLINE void set(V *x, int atom, const Vector3<V> &position) {
  x[3 * atom] = position.x;
  x[3 * atom + 1] = position.y;
  x[3 * atom + 2] = position.z;
}
template <class V>
CMT_INLINE void add(V *forces, int atom, const Vector3<V> &f) {
  forces[3 * atom] += f.x;
  forces[3 * atom + 1] += f.y;
  forces[3 * atom + 2] += f.z;
}

// E = k (r - r0)^2 / 2
template <class V, bool FORCES>
CMT_BODY V bonds(const Tables<RealOf<V>> &tables, const V *x, V *forces) {
  V twice{};
  for (const auto &term : tables.bonds) {
    const Vector3<V> d = at(x, term.i) - at(x, term.j);
    const V square = dot(d, d);
    const V inverse = inverseRoot(square);
    const V stretch = square * inverse - term.equilibrium;
    const V slope = term.k * stretch;
    twice += slope * stretch;
    if constexpr (FORCES) {
      const Vector3<V> f = (slope * inverse) * d;
      add(forces, term.i, -f);
      add(forces, term.j, f);
    }
  }
  return twice * RealOf<V>(0.5);
}

// E = k (theta - theta0)^2 / 2. Forces follow OpenMM in holding sin theta off zero, at 1e-6.
template <class V, bool FORCES, int STAGES>
CMT_INLINE void angleStep(const AngleTerm<RealOf<V>> *terms, const V *x, V *forces, V &twice) {
  using Real = RealOf<V>;
  const V one = splat<V>(1);
  V inverse[STAGES], cosine[STAGES], slope[STAGES], inverseSine[STAGES];
#pragma GCC unroll 8
  for (int n = 0; n < STAGES; n++) {
    const Vector3<V> rj = at(x, terms[n].j), a = at(x, terms[n].i) - rj, b = at(x, terms[n].k) - rj;
    inverse[n] = inverseRoot(dot(a, a) * dot(b, b));
    cosine[n] = atLeast(atMost(dot(a, b) * inverse[n], one), -one);
  }
#pragma GCC unroll 8
  for (int n = 0; n < STAGES; n++) {
    const V bend = arcCosine(cosine[n]) - terms[n].equilibrium;
    slope[n] = terms[n].stiffness * bend;
    twice += slope[n] * bend;
    if constexpr (FORCES) inverseSine[n] = inverseRoot(atLeast(one - cosine[n] * cosine[n], splat<V>(Real(1e-12))));
  }
  if constexpr (FORCES) {
#pragma GCC unroll 8
    for (int n = 0; n < STAGES; n++) {
      // dtheta/da = (cos a/|a|^2 - b/(|a||b|)) / sin
      const Vector3<V> rj = at(x, terms[n].j), a = at(x, terms[n].i) - rj, b = at(x, terms[n].k) - rj;
      const V mixed = slope[n] * inverseSine[n] * inverse[n];
      const V along = mixed * cosine[n] * inverse[n];
      const Vector3<V> onI = mixed * b - (along * dot(b, b)) * a;
      const Vector3<V> onK = mixed * a - (along * dot(a, a)) * b;
      add(forces, terms[n].i, onI);
      add(forces, terms[n].k, onK);
      add(forces, terms[n].j, -(onI + onK));
    }
  }
}

template <class V, bool FORCES>
CMT_BODY V angles(const Tables<RealOf<V>> &tables, const V *x, V *forces) {
  constexpr int STAGES = FORCES ? 4 : STAGED; // forces need more registers
  V twice{};
  const int end = int(tables.angles.size());
  int n = 0;
  for (; n + STAGES <= end; n += STAGES) angleStep<V, FORCES, STAGES>(&tables.angles[n], x, forces, twice);
  for (; n < end; n++) angleStep<V, FORCES, 1>(&tables.angles[n], x, forces, twice);
  return twice * RealOf<V>(0.5);
}

// E = constant + sum over periodicities n of C_n cos(n phi) + S_n sin(n phi): all terms of a dihedral at once, without
// an inverse function, by Chebyshev's recursion. Forces: Blondel and Karplus, J. Comput. Chem. 17, 1132 (1996), eq. 27.
template <class V, bool FORCES, int STAGES>
CMT_INLINE void torsionStep(const TorsionTerm<RealOf<V>> *terms, const V *x, V *forces, V &energy) {
  using Real = RealOf<V>;
  Vector3<V> f[STAGES], g[STAGES], h[STAGES], a[STAGES], b[STAGES];
  V aa[STAGES], bb[STAGES], inverse[STAGES], inverseG[STAGES], lengthG[STAGES], slope[STAGES];
#pragma GCC unroll 8
  for (int n = 0; n < STAGES; n++) {
    const Vector3<V> rj = at(x, terms[n].j), rk = at(x, terms[n].k);
    f[n] = at(x, terms[n].i) - rj, g[n] = rj - rk, h[n] = at(x, terms[n].l) - rk;
    a[n] = cross(f[n], g[n]), b[n] = cross(h[n], g[n]);
    aa[n] = dot(a[n], a[n]), bb[n] = dot(b[n], b[n]);
  }
#pragma GCC unroll 8
  for (int n = 0; n < STAGES; n++) {
    const V gg = dot(g[n], g[n]);
    inverse[n] = inverseRoot(aa[n] * bb[n]);
    inverseG[n] = inverseRoot(gg);
    lengthG[n] = gg * inverseG[n];
  }
#pragma GCC unroll 8
  for (int n = 0; n < STAGES; n++) {
    const TorsionTerm<Real> &term = terms[n];
    const V cosine = dot(a[n], b[n]) * inverse[n];
    const V sine = dot(f[n], b[n]) * lengthG[n] * -inverse[n];
    const V twiceCosine = cosine + cosine;
    V c = cosine, s = sine, previousC = splat<V>(1), previousS{};
    energy += term.cosine[0] * c + (term.sine[0] * s + term.constant);
    if constexpr (FORCES) slope[n] = term.sine[0] * c - term.cosine[0] * s;
    for (int m = 1; m < term.order; m++) {
      const V nextC = twiceCosine * c - previousC, nextS = twiceCosine * s - previousS;
      previousC = c, previousS = s;
      c = nextC, s = nextS;
      energy += term.cosine[m] * c + term.sine[m] * s;
      if constexpr (FORCES) slope[n] += Real(m + 1) * (term.sine[m] * c - term.cosine[m] * s);
    }
  }
  if constexpr (FORCES) {
#pragma GCC unroll 8
    for (int n = 0; n < STAGES; n++) {
      const V scaled = slope[n] * (inverse[n] * inverse[n]);
      const V overA = scaled * bb[n], overB = scaled * aa[n];
      const Vector3<V> onI = (lengthG[n] * overA) * a[n];
      const Vector3<V> onL = (lengthG[n] * overB) * b[n];
      const Vector3<V> shift =
          (dot(f[n], g[n]) * inverseG[n] * overA) * a[n] - (dot(h[n], g[n]) * inverseG[n] * overB) * b[n];
      add(forces, terms[n].i, onI);
      add(forces, terms[n].j, -(onI + shift));
      add(forces, terms[n].k, onL + shift);
      add(forces, terms[n].l, -onL);
    }
  }
}

template <class V, bool FORCES>
CMT_BODY V torsions(const Tables<RealOf<V>> &tables, const V *x, V *forces) {
  constexpr int STAGES = 3; // more would not fit the registers
  V energy{};
  const int end = int(tables.torsions.size());
  int n = 0;
  for (; n + STAGES <= end; n += STAGES) torsionStep<V, FORCES, STAGES>(&tables.torsions[n], x, forces, energy);
  for (; n < end; n++) torsionStep<V, FORCES, 1>(&tables.torsions[n], x, forces, energy);
  return energy;
}

} // namespace cmt::CMT_ISA
