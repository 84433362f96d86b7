package dev.cmt.actors.audit;

/**
 * What a check found.
 *
 * @param subject file or files that were looked at
 * @param verdict whether they are as they should be
 * @param found what is there, with the place of a fault
 * @param meaning what a fault means and what {@code train} would do about it; empty if all is well
 */
public record AuditFinding(String subject, Verdict verdict, String found, String meaning) {
  /** How bad it is. */
  public enum Verdict {
    /** As it should be. */
    SOUND,
    /** Worth knowing; a run that was stopped or killed may leave it. */
    NOTE,
    /** The check could not be made. */
    UNCHECKED,
    /** The check could not be made, because this machine lacks an engine. */
    LACKING,
    /** Not what a run wrote. */
    DAMAGED
  }

  static AuditFinding sound(String subject, String found) {
    return new AuditFinding(subject, Verdict.SOUND, found, "");
  }

  static AuditFinding note(String subject, String found, String meaning) {
    return new AuditFinding(subject, Verdict.NOTE, found, meaning);
  }

  static AuditFinding unchecked(String subject, String why) {
    return new AuditFinding(subject, Verdict.UNCHECKED, "not checked: " + why, "");
  }

  static AuditFinding lacking(String subject, String what) {
    return new AuditFinding(subject, Verdict.LACKING, "not checked: " + what, "");
  }

  static AuditFinding damaged(String subject, String found, String meaning) {
    return new AuditFinding(subject, Verdict.DAMAGED, found, meaning);
  }
}
