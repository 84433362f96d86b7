package dev.cmt.energy.validation;

/** What came of a check. */
public enum Verdict {
  /** As it must be. */
  PASSED,
  /** Not as it must be: the target would be of another density than the molecule's. */
  FAILED,
  /** Nothing to pass or fail: something to know, or a check that could not be made here. */
  NOTE
}
