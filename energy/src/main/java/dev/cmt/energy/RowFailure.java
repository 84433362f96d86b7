package dev.cmt.energy;

/** Why a row has no log-density. The order is part of the journal's format: append only. */
public enum RowFailure {
  /** The row was evaluated. */
  NONE,
  /** A unit coordinate was not a finite number in [0, 1]. */
  BAD_COORDINATE,
  /** The map to the target's space gave a number that is not finite. */
  BAD_GEOMETRY,
  /** The energy came out as NaN or minus infinity. */
  BAD_ENERGY,
  /** The energy engine refused the row. */
  ENGINE_ERROR
}
