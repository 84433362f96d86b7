// One build of the kernel, for the instruction set that CMT_ISA names and CMT_LANE_BYTES sizes.
#include "kernel_vector.h"

#include "kernel_math.h"

#include "kernel_bonded.h"
#include "kernel_map.h"
#include "kernel_pairs.h"

#include "kernel_batch.h"
