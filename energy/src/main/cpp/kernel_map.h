// Unit coordinates to internal ones to the positions of one block of conformations, and gradients back. Compiled once
// for each instruction set.
//
// An atom is placed from p1, p2, p3 at distance d, angle a and torsion t:
//   x = p1 + d (sin a w - cos a e),   w = cos t m - sin t n,
//   e = (p1 - p2)/|p1 - p2|,   n = e x (p1 - p3)/|e x (p1 - p3)|,   m = e x n,
// which contributes d^2 sin a to the volume. The Java class InternalCoordinates is the reference.

namespace cmt::CMT_ISA {

// The axes an atom is placed along, with what their derivatives need.
struct PlacementFrame {
  Vector3<Doubles> e, n, m;
  Doubles inverseBond;   // 1/|p1 - p2|
  Doubles along;         // e (p1 - p3)
  Doubles inverseHeight; // 1/|e x (p1 - p3)|
};

CMT_INLINE PlacementFrame frameOf(const Placement &placement, const Doubles *x) {
  PlacementFrame frame;
  const Vector3<Doubles> p1 = at(x, placement.near);
  const Vector3<Doubles> bond = p1 - at(x, placement.middle), other = p1 - at(x, placement.far);
  frame.inverseBond = inverseRoot(dot(bond, bond));
  frame.e = frame.inverseBond * bond;
  const Vector3<Doubles> normal = cross(frame.e, other);
  frame.inverseHeight = inverseRoot(dot(normal, normal));
  frame.n = frame.inverseHeight * normal;
  frame.m = cross(frame.e, frame.n);
  frame.along = dot(frame.e, other);
  return frame;
}

class BlockMap {
  using V = Doubles;
  static constexpr int LANES = Lanes<V>::COUNT;
  // So few factors d^2 sin a are multiplied before the logarithm is taken that they cannot underflow.
  static constexpr int FACTORS_PER_LOG = 8;

public:
  explicit BlockMap(const CoordinateMap &source)
      : map(source), sizes(int(source.coordinates.size())), turns(sizes - source.firstAngle()),
        memory(sizeof(V) * (2 * std::size_t(sizes) + 2 * std::size_t(turns))) {
    values = static_cast<V *>(memory.get());
    slopes = values + sizes;
    sines = slopes + sizes;
    cosines = sines + turns;
  }

  // Writes the positions [3 atoms] of a block of rows and what became of each row; returns log |dx/du|. Lanes beyond the
  // last row repeat it; where a row failed, its lane is without meaning.
  CMT_BODY V place(const float *rows, int filled, V *x, int *status) {
    const V excess = load(rows, filled);
    const V slack = turn();
    const V volume = placeAtoms(x);
    for (int lane = 0; lane < filled; lane++)
      status[lane] = excess[lane] != 0                                  ? BAD_COORDINATE
                     : !(slack[lane] > 0) || !std::isfinite(volume[lane]) ? BAD_GEOMETRY
                                                                          : MAPPED;
    return volume;
  }

  // After place(): turns dE/dx [3 atoms], which it overwrites, into dE/du [filled][dimension].
  CMT_BODY void pullBack(const V *x, V *gradient, double *rows, int filled) {
    for (auto placement = map.placements.rbegin(); placement != map.placements.rend(); ++placement)
      pullBackAtom(*placement, x, gradient);
    pullBackFrame(gradient);
    store(rows, filled);
  }

  // After place(): d log |dx/du| / du [filled][dimension].
  CMT_BODY void volumeGradient(double *rows, int filled) {
    for (int n = 0; n < map.firstAngle(); n++) slopes[n] = 2.0 / values[n];
    for (int n = map.firstAngle(); n < map.firstTorsion(); n++)
      slopes[n] = cosines[n - map.firstAngle()] / sines[n - map.firstAngle()];
    for (int n = map.firstTorsion(); n < sizes; n++) slopes[n] = V{};
    store(rows, filled);
  }

private:
  // Internal coordinates. Zero where all unit coordinates lie in [0, 1], else something else or NaN.
  V load(const float *rows, int filled) {
    const float *row[LANES];
    for (int lane = 0; lane < LANES; lane++)
      row[lane] = rows + std::ptrdiff_t(lane < filled ? lane : filled - 1) * map.dimension;
    V excess{};
    for (int n = 0; n < sizes; n++) {
      const InternalCoordinate &coordinate = map.coordinates[n];
      values[n] = splat<V>(coordinate.shift);
      if (coordinate.column < 0) continue;
      V u;
      for (int lane = 0; lane < LANES; lane++) u[lane] = row[lane][coordinate.column];
      excess += magnitude(u - atLeast(atMost(u, splat<V>(1)), V{}));
      values[n] += coordinate.scale * u;
    }
    return excess;
  }

  // Sines and cosines. Positive where all lengths are positive and all angles lie between 0 and pi.
  V turn() {
    V slack = splat<V>(1);
    for (int n = 0; n < map.firstAngle(); n++) slack = atMost(values[n], slack);
    for (int n = map.firstAngle(); n < map.firstTorsion(); n++)
      slack = atMost(values[n], atMost(3.14159265358979323846 - values[n], slack));
    for (int n = 0; n < turns; n++) sineAndCosine(values[map.firstAngle() + n], sines[n], cosines[n]);
    return slack;
  }

  // Positions, and log |dx/du|; not finite where a position is not.
  V placeAtoms(V *x) {
    const int torsions = map.firstTorsion() - map.firstAngle();
    const V d01 = values[0], d12 = values[1];
    set<V>(x, map.frame[0], {V{}, V{}, V{}});
    set<V>(x, map.frame[1], {d01, V{}, V{}});
    set<V>(x, map.frame[2], {d01 - d12 * cosines[0], d12 * sines[0], V{}});
    V product = (d01 * d01) * (d12 * d12) * sines[0];
    V logVolume = splat<V>(map.logVolume), poison{};
    int factors = 2;
    for (const Placement &placement : map.placements) {
      const int row = placement.row;
      const PlacementFrame frame = frameOf(placement, x);
      const V d = values[2 + row], across = d * sines[1 + row];
      const V along = d * cosines[1 + row];
      const V inPlane = across * cosines[torsions + row], offPlane = across * sines[torsions + row];
      const Vector3<V> atom = at(x, placement.near) - along * frame.e + (inPlane * frame.m - offPlane * frame.n);
      set(x, placement.atom, atom);
      poison += 0.0 * (atom.x + atom.y + atom.z);
      product *= d * across;
      if (++factors == FACTORS_PER_LOG) {
        logVolume += logarithm(product);
        product = splat<V>(1);
        factors = 0;
      }
    }
    return logVolume + (logarithm(product) + poison);
  }

  // The force on an atom moves its first reference along and turns the axes: torque = (x - p1) x dE/dx, whose part along
  // e acts through the height of p3 over the bond and whose rest acts through the bond.
  void pullBackAtom(const Placement &placement, const V *x, V *gradient) {
    const int row = placement.row, torsions = map.firstTorsion() - map.firstAngle();
    const PlacementFrame frame = frameOf(placement, x);
    const V d = values[2 + row], sinA = sines[1 + row], cosA = cosines[1 + row];
    const V sinT = sines[torsions + row], cosT = cosines[torsions + row];
    const Vector3<V> g = at(gradient, placement.atom);
    const V onE = dot(g, frame.e), onM = dot(g, frame.m), onN = dot(g, frame.n);
    const V onW = cosT * onM - sinT * onN;
    slopes[2 + row] = sinA * onW - cosA * onE;
    slopes[map.firstAngle() + 1 + row] = d * (sinA * onE + cosA * onW);
    slopes[map.firstTorsion() + row] = -d * sinA * (sinT * onM + cosT * onN);

    const Vector3<V> torque = cross(at(x, placement.atom) - at(x, placement.near), g);
    const V twist = dot(torque, frame.e) * frame.inverseHeight;
    const Vector3<V> onBond = frame.inverseBond * (cross(torque, frame.e) - (twist * frame.along) * frame.n);
    const Vector3<V> onFar = twist * frame.n;
    add(gradient, placement.near, g + onBond + onFar);
    add(gradient, placement.middle, -onBond);
    add(gradient, placement.far, -onFar);
  }

  void pullBackFrame(const V *gradient) {
    const Vector3<V> g1 = at(gradient, map.frame[1]), g2 = at(gradient, map.frame[2]);
    slopes[0] = g1.x + g2.x;
    slopes[1] = g2.y * sines[0] - g2.x * cosines[0];
    slopes[map.firstAngle()] = values[1] * (g2.x * sines[0] + g2.y * cosines[0]);
  }

  // Slopes in internal coordinates as slopes in unit coordinates.
  void store(double *rows, int filled) const {
    for (int n = 0; n < sizes; n++) {
      const InternalCoordinate &coordinate = map.coordinates[n];
      if (coordinate.column < 0) continue;
      const V slope = coordinate.scale * slopes[n];
      for (int lane = 0; lane < filled; lane++) rows[std::ptrdiff_t(lane) * map.dimension + coordinate.column] = slope[lane];
    }
  }

  const CoordinateMap map;
  const int sizes, turns; // internal coordinates; those of them that are angles or torsions
  const AlignedMemory memory;
  V *values, *slopes; // [3 atoms - 6]
  V *sines, *cosines; // [2 atoms - 5]
};

} // namespace cmt::CMT_ISA
