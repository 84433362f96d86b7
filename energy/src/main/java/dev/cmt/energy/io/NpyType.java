package dev.cmt.energy.io;

/** Element types of NumPy arrays that are read here, little-endian. */
public enum NpyType {
  F4("<f4", 4),
  F8("<f8", 8),
  I4("<i4", 4),
  I8("<i8", 8),
  U1("|u1", 1),
  BOOL("|b1", 1);

  private final String descr;
  private final int bytes;

  NpyType(String descr, int bytes) {
    this.descr = descr;
    this.bytes = bytes;
  }

  /** NumPy's name. */
  String descr() {
    return descr;
  }

  /** Size of an element. */
  int bytes() {
    return bytes;
  }
}
