package dev.cmt.actors.cli;

/**
 * What the doctor found about one subject.
 *
 * @param subject what was looked at
 * @param verdict whether CMT can work with it
 * @param found what is there, one line
 * @param mend what to do, one line, or empty
 */
record Finding(String subject, Verdict verdict, String found, String mend) {
  enum Verdict {
    GOOD("ok"),
    /** CMT works without it, though less well. */
    NOTE("note"),
    /** CMT, or a part users expect, does not work. */
    MISSING("MISS");

    private final String label;

    Verdict(String label) {
      this.label = label;
    }

    String label() {
      return label;
    }
  }

  static Finding good(String subject, String found) {
    return new Finding(subject, Verdict.GOOD, found, "");
  }

  static Finding note(String subject, String found, String mend) {
    return new Finding(subject, Verdict.NOTE, found, mend);
  }

  static Finding missing(String subject, String found, String mend) {
    return new Finding(subject, Verdict.MISSING, found, mend);
  }
}
