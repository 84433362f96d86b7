// From rows of conformations, or of unit coordinates, to blocks of lanes and back. Compiled once for each instruction
// set.

namespace cmt::CMT_ISA {

// The terms of one block of conformations.
template <class V>
class Block {
public:
  explicit Block(const ForceField &source)
      : tables(source), memory(sizeof(V) * (11 * std::size_t(tables.atoms) + 3 * tables.pairs.size())) {
    positions = static_cast<V *>(memory.get());
    forces = positions + 3 * tables.atoms;
    scratch.bornSums = forces + 3 * tables.atoms;
    scratch.bornRadii = scratch.bornSums + tables.atoms;
    scratch.halfInverseRadii = scratch.bornRadii + tables.atoms;
    scratch.radiusSlopes = scratch.halfInverseRadii + tables.atoms;
    scratch.bornForces = scratch.radiusSlopes + tables.atoms;
    scratch.pairForces = scratch.bornForces + tables.atoms;
  }

  // Energies [COMPONENTS] and, if wanted, forces of the positions.
  template <bool FORCES>
  void evaluate(V *energies) {
    if constexpr (FORCES)
      for (int n = 0; n < width(); n++) forces[n] = V{};
    energies[BONDS] = bonds<V, FORCES>(tables, positions, forces);
    energies[ANGLES] = angles<V, FORCES>(tables, positions, forces);
    energies[TORSIONS] = torsions<V, FORCES>(tables, positions, forces);
    const PairEnergies<V> paired = pairs<V, FORCES>(tables, positions, scratch, forces);
    energies[NONBONDED] = paired.nonbonded;
    energies[SOLVENT] = paired.solvent;
  }

  int atoms() const { return tables.atoms; }
  int width() const { return 3 * tables.atoms; }

private:
  const Tables<RealOf<V>> tables;
  const AlignedMemory memory;
  PairScratch<V> scratch;

public:
  V *positions, *forces; // [atoms][3]
};

// Writes [count] columns of a block as rows.
template <class V>
void storeColumns(const V *columns, int count, double *rows, int filled) {
  double *row[Lanes<V>::COUNT];
  for (int lane = 0; lane < Lanes<V>::COUNT; lane++)
    row[lane] = rows + std::ptrdiff_t(lane < filled ? lane : filled - 1) * count;
  scatterColumns(columns, count, row, filled);
}

template <class V>
class BatchEngine final : public Engine {
  using Real = RealOf<V>;
  static constexpr int LANES = Lanes<V>::COUNT;

public:
  explicit BatchEngine(const ForceField &source) : block(source) {}

  void evaluate(const double *rows, int count, double *components, double *rowForces) override {
    const int stride = block.width();
    for (int start = 0; start < count; start += LANES) {
      const int filled = count - start < LANES ? count - start : LANES;
      const V poison = load(rows + std::ptrdiff_t(start) * stride, filled);
      V energies[COMPONENTS];
      if (rowForces != nullptr) {
        block.template evaluate<true>(energies);
        storeColumns(block.forces, stride, rowForces + std::ptrdiff_t(start) * stride, filled);
      } else {
        block.template evaluate<false>(energies);
      }
      energies[BONDS] += poison;
      for (int lane = 0; lane < filled; lane++)
        for (int n = 0; n < COMPONENTS; n++) components[COMPONENTS * (start + lane) + n] = energies[n][lane];
    }
  }

private:
  // Lanes beyond the last row repeat it. Single precision measures from the first atom, so that a molecule far from
  // the origin loses no digits. Returns zero, but NaN in lanes with a coordinate that is not finite: no term need meet it.
  V load(const double *rows, int filled) {
    const double *row[LANES];
    for (int lane = 0; lane < LANES; lane++)
      row[lane] = rows + std::ptrdiff_t(lane < filled ? lane : filled - 1) * block.width();
    if constexpr (sizeof(Real) == sizeof(double)) {
      gatherColumns(row, block.width(), block.positions);
    } else {
      for (int n = 0; n < block.width(); n++)
        for (int lane = 0; lane < LANES; lane++) block.positions[n][lane] = Real(row[lane][n] - row[lane][n % 3]);
    }
    V poison{};
    for (int n = 0; n < block.width(); n++) poison += block.positions[n] * Real(0);
    return poison;
  }

  Block<V> block;
};

// Map and energies in one pass: positions never leave the cache.
class MappedBatchEngine final : public MappedEngine {
  using V = Doubles;
  static constexpr int LANES = Lanes<V>::COUNT;

public:
  MappedBatchEngine(const ForceField &source, const CoordinateMap &coordinates)
      : map(coordinates), block(source), dimension(coordinates.dimension) {}

  void evaluate(const float *u, int count, const MappedRows &rows) override {
    for (int start = 0; start < count; start += LANES) {
      const int filled = count - start < LANES ? count - start : LANES;
      const V logVolume = map.place(u + std::ptrdiff_t(start) * dimension, filled, block.positions, rows.status + start);
      if (rows.positions != nullptr)
        storeColumns(block.positions, block.width(), rows.positions + std::ptrdiff_t(start) * block.width(), filled);
      V energies[COMPONENTS];
      if (rows.energyGradient != nullptr) {
        block.evaluate<true>(energies);
        for (int n = 0; n < block.width(); n++) block.forces[n] = -block.forces[n];
        map.pullBack(block.positions, block.forces, rows.energyGradient + std::ptrdiff_t(start) * dimension, filled);
        map.volumeGradient(rows.volumeGradient + std::ptrdiff_t(start) * dimension, filled);
      } else {
        block.evaluate<false>(energies);
      }
      V energy{};
      for (int n = 0; n < COMPONENTS; n++) energy += energies[n];
      for (int lane = 0; lane < filled; lane++) {
        rows.energies[start + lane] = energy[lane];
        rows.logVolume[start + lane] = logVolume[lane];
      }
    }
  }

private:
  BlockMap map;
  Block<V> block;
  const int dimension;
};

inline Engine *createEngine(const ForceField &source, bool singlePrecision) {
  if (singlePrecision) return new BatchEngine<Floats>(source);
  return new BatchEngine<Doubles>(source);
}

inline MappedEngine *createMappedEngine(const ForceField &source, const CoordinateMap &map) {
  return new MappedBatchEngine(source, map);
}

} // namespace cmt::CMT_ISA
