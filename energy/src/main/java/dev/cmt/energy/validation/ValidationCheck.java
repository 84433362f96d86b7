package dev.cmt.energy.validation;

import java.util.Objects;

/**
 * One thing looked at.
 *
 * @param name what, such as {@code round trip}
 * @param verdict what came of it
 * @param finding what was measured and what is allowed, with units; a sentence or two
 */
public record ValidationCheck(String name, Verdict verdict, String finding) {
  public ValidationCheck {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(verdict, "verdict");
    Objects.requireNonNull(finding, "finding");
  }

  static ValidationCheck of(String name, boolean passed, String finding) {
    return new ValidationCheck(name, passed ? Verdict.PASSED : Verdict.FAILED, finding);
  }

  static ValidationCheck note(String name, String finding) {
    return new ValidationCheck(name, Verdict.NOTE, finding);
  }
}
