// The batched energy kernel as Java sees it: one object for one force field, instruction set and precision.
//
// The same source is compiled three times, each in a namespace of its own under a target of its own, and the build that
// the processor can run is chosen at run time. Standard headers come before the first target: what they define must
// run everywhere.
#pragma once

#include <cmath>
#include <cstdint>
#include <immintrin.h>
#include <memory>
#include <vector>

#include "kernel_map_terms.h"
#include "kernel_terms.h"

#define CMT_INLINE [[gnu::always_inline]] inline
#define CMT_BODY [[gnu::noinline]]
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpsabi" // vectors cross no boundary of this file

#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,avx512bw,fma,prefer-vector-width=512")
#define CMT_ISA avx512
#define CMT_LANE_BYTES 64
#include "kernel_build.h"
#undef CMT_LANE_BYTES
#undef CMT_ISA
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx2,fma")
#define CMT_ISA avx2
#define CMT_LANE_BYTES 32
#include "kernel_build.h"
#undef CMT_LANE_BYTES
#undef CMT_ISA
#pragma GCC pop_options

#define CMT_ISA portable
#define CMT_LANE_BYTES 16
#include "kernel_build.h"
#undef CMT_LANE_BYTES
#undef CMT_ISA

#pragma GCC diagnostic pop

namespace cmt {

// In the order of the Java enum InstructionSet.
enum InstructionSet { AVX512, AVX2, PORTABLE };

inline bool supports(int instructionSet) {
  switch (instructionSet) {
  case AVX512:
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
  case AVX2:
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  default:
    return instructionSet == PORTABLE;
  }
}

class Kernel {
public:
  explicit Kernel(int atoms) { source.atoms = atoms; }

  void setBonds(int count, const int *atoms, const double *parameters) {
    source.bondAtoms.assign(atoms, atoms + 2 * count);
    source.bonds.assign(parameters, parameters + 2 * count);
  }

  void setAngles(int count, const int *atoms, const double *parameters) {
    source.angleAtoms.assign(atoms, atoms + 3 * count);
    source.angles.assign(parameters, parameters + 2 * count);
  }

  void setTorsions(int count, const int *atoms, const double *series) {
    source.torsionAtoms.assign(atoms, atoms + 4 * count);
    source.torsions.assign(series, series + (1 + 2 * MAX_PERIODICITY) * count);
  }

  void setPairs(const double *coefficients) {
    source.pairs.assign(coefficients, coefficients + 3 * (std::size_t(source.atoms) * (source.atoms - 1) / 2));
  }

  // model: alpha, beta, gamma, prefactor, surface tension, probe radius
  void setSolvent(const double *atoms, const double *model, bool engulfCorrection) {
    source.solventAtoms.assign(atoms, atoms + 4 * source.atoms);
    source.solvent = {model[0], model[1], model[2], model[3], model[4], model[5], engulfCorrection};
  }

  // frame: 3 atoms; placements [n][5]: row, atom and its three references; columns, shift, scale [3 atoms - 6]
  void setMap(int dimension, const int *frame, const int *placements, const int *columns, const double *shift,
              const double *scale, double logVolume) {
    map = {};
    map.atoms = source.atoms;
    map.dimension = dimension;
    map.logVolume = logVolume;
    for (int n = 0; n < 3; n++) map.frame[n] = frame[n];
    for (int n = 0; n < source.atoms - 3; n++, placements += 5)
      map.placements.push_back({placements[0], placements[1], placements[2], placements[3], placements[4]});
    for (int n = 0; n < 3 * source.atoms - 6; n++) map.coordinates.push_back({columns[n], shift[n], scale[n]});
  }

  void compile(int instructionSet, bool singlePrecision) {
    require(instructionSet);
    switch (instructionSet) {
    case AVX512:
      engine.reset(avx512::createEngine(source, singlePrecision));
      break;
    case AVX2:
      engine.reset(avx2::createEngine(source, singlePrecision));
      break;
    default:
      engine.reset(portable::createEngine(source, singlePrecision));
    }
  }

  // After setMap.
  void compileMapped(int instructionSet) {
    require(instructionSet);
    switch (instructionSet) {
    case AVX512:
      mapped.reset(avx512::createMappedEngine(source, map));
      break;
    case AVX2:
      mapped.reset(avx2::createMappedEngine(source, map));
      break;
    default:
      mapped.reset(portable::createMappedEngine(source, map));
    }
  }

  // After compile.
  void evaluate(const double *positions, int rows, double *components, double *forces) {
    engine->evaluate(positions, rows, components, forces);
  }

  // After compileMapped; positions and the gradients may be null, the gradients both or neither.
  void evaluateMapped(const float *u, int rows, double *energies, double *logVolume, int *status, double *positions,
                      double *energyGradient, double *volumeGradient) {
    mapped->evaluate(u, rows, {energies, logVolume, status, positions, energyGradient, volumeGradient});
  }

private:
  static void require(int instructionSet) {
    if (!supports(instructionSet)) throw std::invalid_argument("This processor lacks the instruction set asked for.");
  }

  ForceField source;
  CoordinateMap map;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<MappedEngine> mapped;
};

} // namespace cmt
