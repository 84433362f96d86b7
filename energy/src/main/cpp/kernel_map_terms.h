// The map from unit coordinates to conformations as the kernel takes it. Nothing here depends on the instruction set.
#pragma once

#include <vector>

namespace cmt {

// An internal coordinate: shift + scale u, or the constant shift where it has no column.
struct InternalCoordinate {
  int column; // of the unit coordinates, or -1
  double shift, scale;
};

// Puts an atom at a distance from `near`, at an angle with `middle` and a torsion with `far`.
struct Placement {
  int row; // of the z-matrix: its length is number 2 + row, its angle 1 + row, its torsion row
  int atom, near, middle, far;
};

struct CoordinateMap {
  int atoms = 0;
  int dimension = 0;                           // unit coordinates of a row
  int frame[3] = {};                           // the atoms at the origin, on the x axis, in the xy plane
  std::vector<Placement> placements;           // in an order in which each refers to atoms placed before
  std::vector<InternalCoordinate> coordinates; // lengths (nm), angles, torsions (rad) of the z-matrix: [3 atoms - 6]
  double logVolume = 0;                        // what no coordinate changes

  int firstAngle() const { return atoms - 1; }
  int firstTorsion() const { return 2 * atoms - 3; }
};

// What became of a row, in the order of the Java class BatchedMappedEnergy.
enum MapStatus { MAPPED, BAD_COORDINATE, BAD_GEOMETRY };

} // namespace cmt
