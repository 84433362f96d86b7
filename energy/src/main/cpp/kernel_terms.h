// The force field as tables that a vectorised kernel can stream through: built once, in double, from what Java
// parsed, then narrowed to the precision of the kernel. Nothing here depends on the instruction set.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <vector>

namespace cmt {

// Highest torsion periodicity; OpenMM's force fields use 1 to 6.
constexpr int MAX_PERIODICITY = 6;

// The energy terms that are reported apart.
enum Component { BONDS, ANGLES, TORSIONS, NONBONDED, SOLVENT, COMPONENTS };

// Beyond these values of (scaled radius / distance)^2 the two polynomials of kernel_pairs.h do not reach.
constexpr double FAR_LIMIT = 0.08;
constexpr double CLOSE_LIMIT = 0.3;

// Onufriev-Bashford-Case generalised Born: B = 1/(1/or - tanh(alpha psi - beta psi^2 + gamma psi^3)/radius).
struct SolventModel {
  double alpha, beta, gamma;
  double prefactor;      // kJ/mol nm; pair energy is prefactor q_i q_j / f
  double surfaceTension; // kJ/mol/nm^2, already times 4 pi
  double probeRadius;    // nm
  bool engulfCorrection; // whether an atom inside another one's sphere gets the term 2 (1/or - 1/L)
};

// In double and in nm, kJ/mol, elementary charges, rad.
struct ForceField {
  int atoms = 0;
  std::vector<int> bondAtoms, angleAtoms, torsionAtoms; // [n][2], [n][3], [n][4]
  std::vector<double> bonds, angles;                    // [n][2]: equilibrium, force constant
  std::vector<double> torsions;                         // [n][1 + 2 MAX_PERIODICITY]: constant, cosines, sines
  std::vector<double> pairs;                            // [i < j][3]: r^-12, -r^-6 and r^-1 coefficients
  std::vector<double> solventAtoms;                     // [atoms][4]: charge, radius, offset radius, scaled radius
  SolventModel solvent{};
};

template <class Real>
struct BondTerm {
  int i, j;
  Real equilibrium, k;
};

template <class Real>
struct AngleTerm {
  int i, j, k;
  Real equilibrium, stiffness;
};

template <class Real>
struct TorsionTerm {
  int i, j, k, l;
  int order; // highest periodicity present
  Real constant;
  Real cosine[MAX_PERIODICITY], sine[MAX_PERIODICITY];
};

template <class Real>
struct PairTerm {
  int i, j;
  Real repulsion, dispersion, coulomb; // zero for excluded pairs
  Real born;                           // prefactor q_i q_j
  Real closeSquared, farSquared;       // from these r^2 on the close and the far expansion of Born sums hold
};

// Successive pairs with the same first atom.
struct PairRun {
  int i, count;
};

template <class Real>
struct SolventAtom {
  Real offsetRadius, scaledRadius;
  Real scaledSquare, halfCube; // scaledRadius^2, scaledRadius^3 / 2
  Real inverseOffsetRadius, inverseRadius;
  Real self;    // prefactor q^2 / 2
  Real surface; // times B^-6 is the surface term
};

template <class Real>
struct Tables {
  int atoms;
  bool solvated;
  SolventModel solvent;
  std::vector<BondTerm<Real>> bonds;
  std::vector<AngleTerm<Real>> angles;
  std::vector<TorsionTerm<Real>> torsions;
  std::vector<PairTerm<Real>> pairs; // the interacting ones first; the others meet only in the Born terms
  int interacting;
  std::vector<PairRun> runs; // of all pairs, in their order
  std::vector<SolventAtom<Real>> solventAtoms;

  explicit Tables(const ForceField &source)
      : atoms(source.atoms), solvated(!source.solventAtoms.empty()), solvent(source.solvent) {
    addBonded(source);
    addSolventAtoms(source);
    addPairs(source, true);
    interacting = int(pairs.size());
    if (solvated) addPairs(source, false);
    for (const auto &pair : pairs) {
      if (runs.empty() || runs.back().i != pair.i) runs.push_back({pair.i, 0});
      runs.back().count++;
    }
  }

private:
  void addBonded(const ForceField &source) {
    for (std::size_t n = 0; n < source.bonds.size() / 2; n++) {
      const int *a = &source.bondAtoms[2 * n];
      bonds.push_back({a[0], a[1], Real(source.bonds[2 * n]), Real(source.bonds[2 * n + 1])});
    }
    for (std::size_t n = 0; n < source.angles.size() / 2; n++) {
      const int *a = &source.angleAtoms[3 * n];
      angles.push_back({a[0], a[1], a[2], Real(source.angles[2 * n]), Real(source.angles[2 * n + 1])});
    }
    for (std::size_t n = 0; n < source.torsionAtoms.size() / 4; n++) {
      const int *a = &source.torsionAtoms[4 * n];
      const double *series = &source.torsions[(1 + 2 * MAX_PERIODICITY) * n];
      TorsionTerm<Real> term{a[0], a[1], a[2], a[3], 0, Real(series[0]), {}, {}};
      for (int p = 0; p < MAX_PERIODICITY; p++) {
        term.cosine[p] = Real(series[1 + p]);
        term.sine[p] = Real(series[1 + MAX_PERIODICITY + p]);
        if (series[1 + p] != 0 || series[1 + MAX_PERIODICITY + p] != 0) term.order = p + 1;
      }
      torsions.push_back(term);
    }
  }

  void addSolventAtoms(const ForceField &source) {
    for (std::size_t n = 0; n < source.solventAtoms.size() / 4; n++) {
      const double *a = &source.solventAtoms[4 * n];
      const double charge = a[0], radius = a[1], offset = a[2], scaled = a[3];
      const double reach = radius + solvent.probeRadius;
      solventAtoms.push_back({Real(offset), Real(scaled), Real(scaled * scaled),
                              Real(scaled * scaled * scaled / 2), Real(1 / offset), Real(1 / radius),
                              Real(solvent.prefactor * charge * charge / 2),
                              Real(solvent.surfaceTension * reach * reach * std::pow(radius, 6))});
    }
  }

  // The smallest squared distance at which neither atom's own sphere reaches into the other's, and at which
  // (scaled radius / distance)^2 stays below the limit.
  static double reach(const double *a, const double *b, double limit) {
    const double apart = std::fmax(a[2] + b[3], b[2] + a[3]);
    return std::fmax(apart * apart, std::fmax(a[3] * a[3], b[3] * b[3]) / limit);
  }

  void addPairs(const ForceField &source, bool wanted) {
    const double *pair = source.pairs.data();
    for (int i = 0; i < atoms; i++) {
      for (int j = i + 1; j < atoms; j++, pair += 3) {
        const bool interacts = pair[0] != 0 || pair[1] != 0 || pair[2] != 0;
        if (interacts != wanted) continue;
        PairTerm<Real> term{i, j, Real(pair[0]), Real(pair[1]), Real(pair[2]), 0, 0, 0};
        if (solvated) {
          const double *a = &source.solventAtoms[4 * i], *b = &source.solventAtoms[4 * j];
          term.born = Real(solvent.prefactor * a[0] * b[0]);
          term.closeSquared = Real(reach(a, b, CLOSE_LIMIT));
          term.farSquared = Real(reach(a, b, FAR_LIMIT));
        }
        pairs.push_back(term);
      }
    }
  }
};

// Memory for vectors, aligned to a cache line.
class AlignedMemory {
public:
  explicit AlignedMemory(std::size_t bytes)
      : memory(std::aligned_alloc(64, (bytes + 63) / 64 * 64 + 64)) {
    if (memory == nullptr) throw std::bad_alloc();
  }
  ~AlignedMemory() { std::free(memory); }
  AlignedMemory(const AlignedMemory &) = delete;
  AlignedMemory &operator=(const AlignedMemory &) = delete;
  void *get() const { return memory; }

private:
  void *memory;
};

// A kernel for one instruction set and precision. Not for use by two threads at once.
class Engine {
public:
  virtual ~Engine() = default;
  // positions [rows][atoms][3] nm; components [rows][COMPONENTS] kJ/mol; forces like positions, kJ/mol/nm, or null.
  virtual void evaluate(const double *positions, int rows, double *components, double *forces) = 0;
};

// What a mapped kernel writes of each row; without meaning where the status is not MAPPED.
struct MappedRows {
  double *energies;       // [rows] kJ/mol
  double *logVolume;      // [rows] log |dx/du|, x in nm
  int *status;            // [rows] MapStatus
  double *positions;      // [rows][atoms][3] nm, or null
  double *energyGradient; // [rows][dimension] kJ/mol, or null
  double *volumeGradient; // as energyGradient
};

// The same from unit coordinates, in double precision.
class MappedEngine {
public:
  virtual ~MappedEngine() = default;
  // u [rows][dimension]
  virtual void evaluate(const float *u, int count, const MappedRows &rows) = 0;
};

} // namespace cmt
