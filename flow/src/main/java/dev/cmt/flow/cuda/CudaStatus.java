package dev.cmt.flow.cuda;

import dev.cmt.flow.FlowUnavailableException;

/** What the GPU library answers; a constant's ordinal is its native code. */
enum CudaStatus {
  /** All is well. */
  FINE,
  /** The caller's mistake. */
  INVALID,
  /** No driver, one too old, or no such GPU. */
  UNAVAILABLE,
  /** The GPU's memory is full. */
  OUT_OF_MEMORY,
  /** The GPU, its driver or a library failed: what was on the device is lost. */
  FAILED;

  /**
   * Throws what an answer means to people.
   *
   * @param device the GPU's number
   * @param message what the library says of it
   * @throws IllegalArgumentException for a caller's mistake
   * @throws FlowUnavailableException for all others but {@link #FINE}, with the mend
   */
  static void check(int code, int device, String message) {
    switch (values()[code]) {
      case FINE -> {}
      case INVALID -> throw new IllegalArgumentException(message);
      case UNAVAILABLE ->
          throw new FlowUnavailableException(
              ("The GPU gpu:%d cannot be used: %s. Look whether nvidia-smi lists it, and whether its driver is new"
                      + " enough for the CUDA that the engine was built with (CUDA 13 asks for 580); or choose"
                      + " the device cpu.")
                  .formatted(device, message));
      case OUT_OF_MEMORY ->
          throw new FlowUnavailableException(
              ("The GPU gpu:%d has too little memory: %s. See with nvidia-smi who else uses it; a run goes on"
                      + " from its last checkpoint once there is room, or with -o flow.device=cpu. A new run needs"
                      + " less with a smaller training.batch_size or annealing.samples_per_step.")
                  .formatted(device, message));
      case FAILED ->
          throw new FlowUnavailableException(
              ("The GPU gpu:%d failed: %s. What was on it is lost; see with nvidia-smi and dmesg whether it is"
                      + " sound. A run goes on from its last checkpoint, there or with -o flow.device=cpu.")
                  .formatted(device, message));
    }
  }
}
