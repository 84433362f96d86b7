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
  V twice{};
  const int end = int(tables.angles.size());
  int n = 0;
  for (; n + STAGED <= end; n += STAGED) angleStep<V, FORCES, STAGED>(&tables.angles[n], x, forces, twice);
  for (; n < end; n++) angleStep<V, FORCES, 1>(&tables.angles[n], x, forces, twice);
  return twice * RealOf<V>(0.5);
}

// E = constant + sum over periodicities n of C_n cos(n phi) + S_n sin(n phi): all terms of a dihedral at once, without
// an inverse function, by Chebyshev's recursion. Forces: Blondel and Karplus, J. Comput. Chem. 17, 1132 (1996), eq. 27.
template <class V, bool FORCES>
CMT_BODY V torsions(const Tables<RealOf<V>> &tables, const V *x, V *forces) {
  using Real = RealOf<V>;
  V energy{};
  for (const auto &term : tables.torsions) {
    const Vector3<V> rj = at(x, term.j), rk = at(x, term.k);
    const Vector3<V> f = at(x, term.i) - rj, g = rj - rk, h = at(x, term.l) - rk;
    const Vector3<V> a = cross(f, g), b = cross(h, g);
    const V aa = dot(a, a), bb = dot(b, b), gg = dot(g, g);
    const V inverse = inverseRoot(aa * bb);
    const V inverseG = inverseRoot(gg);
    const V lengthG = gg * inverseG;
    const V cosine = dot(a, b) * inverse;
    const V sine = dot(f, b) * lengthG * -inverse;
    const V twiceCosine = cosine + cosine;

    V c = cosine, s = sine, previousC = splat<V>(1), previousS{};
    energy += term.cosine[0] * c + (term.sine[0] * s + term.constant);
    V slope{};
    if constexpr (FORCES) slope = term.sine[0] * c - term.cosine[0] * s;
    for (int n = 1; n < term.order; n++) {
      const V nextC = twiceCosine * c - previousC, nextS = twiceCosine * s - previousS;
      previousC = c, previousS = s;
      c = nextC, s = nextS;
      energy += term.cosine[n] * c + term.sine[n] * s;
      if constexpr (FORCES) slope += Real(n + 1) * (term.sine[n] * c - term.cosine[n] * s);
    }
    if constexpr (FORCES) {
      const V overA = slope * (bb * inverse * inverse), overB = slope * (aa * inverse * inverse);
      const Vector3<V> onI = (lengthG * overA) * a;
      const Vector3<V> onL = (lengthG * overB) * b;
      const Vector3<V> shift = (dot(f, g) * inverseG * overA) * a - (dot(h, g) * inverseG * overB) * b;
      add(forces, term.i, onI);
      add(forces, term.j, -(onI + shift));
      add(forces, term.k, onL + shift);
      add(forces, term.l, -onL);
    }
  }
  return energy;
}

} // namespace cmt::CMT_ISA
