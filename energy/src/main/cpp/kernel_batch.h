// From rows of conformations to blocks of lanes and back. Compiled once for each instruction set.

namespace cmt::CMT_ISA {

template <class V>
class BatchEngine final : public Engine {
  using Real = RealOf<V>;
  static constexpr int LANES = Lanes<V>::COUNT;

public:
  explicit BatchEngine(const ForceField &source)
      : tables(source), memory(sizeof(V) * (11 * std::size_t(tables.atoms) + 3 * tables.pairs.size())) {
    V *next = static_cast<V *>(memory.get());
    positions = next;
    forces = positions + 3 * tables.atoms;
    scratch.bornSums = forces + 3 * tables.atoms;
    scratch.bornRadii = scratch.bornSums + tables.atoms;
    scratch.halfInverseRadii = scratch.bornRadii + tables.atoms;
    scratch.radiusSlopes = scratch.halfInverseRadii + tables.atoms;
    scratch.bornForces = scratch.radiusSlopes + tables.atoms;
    scratch.pairForces = scratch.bornForces + tables.atoms;
  }

  void evaluate(const double *rows, int count, double *components, double *rowForces) override {
    const int stride = 3 * tables.atoms;
    for (int start = 0; start < count; start += LANES) {
      const int filled = count - start < LANES ? count - start : LANES;
      const double *block = rows + std::ptrdiff_t(start) * stride;
      const V poison = load(block, filled);
      V energies[COMPONENTS];
      if (rowForces != nullptr) {
        for (int n = 0; n < stride; n++) forces[n] = V{};
        evaluateBlock<true>(energies);
        store(rowForces + std::ptrdiff_t(start) * stride, filled);
      } else {
        evaluateBlock<false>(energies);
      }
      energies[BONDS] += poison;
      for (int lane = 0; lane < filled; lane++)
        for (int n = 0; n < COMPONENTS; n++) components[COMPONENTS * (start + lane) + n] = energies[n][lane];
    }
  }

private:
  template <bool FORCES>
  void evaluateBlock(V *energies) {
    energies[BONDS] = bonds<V, FORCES>(tables, positions, forces);
    energies[ANGLES] = angles<V, FORCES>(tables, positions, forces);
    energies[TORSIONS] = torsions<V, FORCES>(tables, positions, forces);
    const PairEnergies<V> paired = pairs<V, FORCES>(tables, positions, scratch, forces);
    energies[NONBONDED] = paired.nonbonded;
    energies[SOLVENT] = paired.solvent;
  }

  // Lanes beyond the last row repeat it. Single precision measures from the first atom, so that a molecule far from
  // the origin loses no digits. Returns zero, but NaN in lanes with a coordinate that is not finite: no term need meet it.
  V load(const double *block, int filled) {
    const int stride = 3 * tables.atoms;
    const double *row[LANES];
    for (int lane = 0; lane < LANES; lane++) row[lane] = block + std::ptrdiff_t(lane < filled ? lane : filled - 1) * stride;
    V poison{};
    for (int atom = 0; atom < tables.atoms; atom++) {
      for (int axis = 0; axis < 3; axis++) {
        const int n = 3 * atom + axis;
        V column;
        for (int lane = 0; lane < LANES; lane++) {
          if constexpr (sizeof(Real) == sizeof(float))
            column[lane] = Real(row[lane][n] - row[lane][axis]);
          else
            column[lane] = row[lane][n];
        }
        positions[n] = column;
        poison += column * Real(0);
      }
    }
    return poison;
  }

  void store(double *block, int filled) const {
    const int stride = 3 * tables.atoms;
    for (int n = 0; n < stride; n++) {
      const V column = forces[n];
      for (int lane = 0; lane < filled; lane++) block[std::ptrdiff_t(lane) * stride + n] = column[lane];
    }
  }

  const Tables<Real> tables;
  const AlignedMemory memory;
  V *positions, *forces; // [atoms][3]
  PairScratch<V> scratch;
};

inline Engine *createEngine(const ForceField &source, bool singlePrecision) {
  if (singlePrecision) return new BatchEngine<Floats>(source);
  return new BatchEngine<Doubles>(source);
}

} // namespace cmt::CMT_ISA
