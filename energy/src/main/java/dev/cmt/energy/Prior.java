package dev.cmt.energy;

/** The density a channel's unit coordinates start from, before anything was learned. */
public enum Prior {
  /** Uniform on [0, 1]; the only choice for circular channels. */
  UNIFORM,
  /** Normal with mean 0.5 and standard deviation 0.1, truncated to [0, 1] and normalised. */
  TRUNCATED_NORMAL
}
