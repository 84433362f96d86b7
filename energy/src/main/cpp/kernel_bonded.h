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
template <class V, bool FORCES>
CMT_BODY V angles(const Tables<RealOf<V>> &tables, const V *x, V *forces) {
  using Real = RealOf<V>;
  const V one = splat<V>(1);
  V twice{};
  for (const auto &term : tables.angles) {
    const Vector3<V> a = at(x, term.i) - at(x, term.j);
    const Vector3<V> b = at(x, term.k) - at(x, term.j);
    const V aa = dot(a, a), bb = dot(b, b);
    const V inverse = inverseRoot(aa * bb);
    const V cosine = atLeast(atMost(dot(a, b) * inverse, one), -one);
    const V bend = arcCosine(cosine) - term.equilibrium;
    const V slope = term.stiffness * bend;
    twice += slope * bend;
    if constexpr (FORCES) {
      // dtheta/da = (cos a/|a|^2 - b/(|a||b|)) / sin
      const V overSine = slope * inverseRoot(atLeast(one - cosine * cosine, splat<V>(Real(1e-12))));
      const V mixed = overSine * inverse;
      const V along = overSine * cosine * (inverse * inverse);
      const Vector3<V> onI = mixed * b - (along * bb) * a;
      const Vector3<V> onK = mixed * a - (along * aa) * b;
      add(forces, term.i, onI);
      add(forces, term.k, onK);
      add(forces, term.j, -(onI + onK));
    }
  }
  return twice * Real(0.5);
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
