// Everything that is compiled once for each instruction set, in the order of Isa's fields; see isa.h.
#undef CMT_INLINE
#undef CMT_ROUTINES
#include "lanes.inl"
#include "spline.inl"
#include "dense.inl"
#include "adam.inl"
#include "gemm.inl"

#define CMT_ROUTINES(name, supported)                                                                             \
  {name, supported, encode, encodeBackward, biasActivate, biasActivateBackward, splineForward, splineInverse,     \
   splineBackward, shift, addNormal, normalSlope, sumGradients, adam, multiply, MULTIPLY_SCRATCH}
