package dev.cmt.flow.djl;

import ai.djl.ndarray.types.DataType;

/** In which numbers a {@link DjlFlow} computes. */
public enum Precision {
  /** For work. */
  FLOAT32(DataType.FLOAT32),
  /** For checks: everything, parameters and moments included, in double precision. */
  FLOAT64(DataType.FLOAT64);

  private final DataType type;

  Precision(DataType type) {
    this.type = type;
  }

  DataType type() {
    return type;
  }
}
