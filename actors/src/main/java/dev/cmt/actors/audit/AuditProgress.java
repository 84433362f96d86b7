package dev.cmt.actors.audit;

/** Hears how far an audit has come, on the thread of the audit. */
@FunctionalInterface
public interface AuditProgress {
  /**
   * Some of the work is done.
   *
   * @param subject what is looked at
   * @param done batches and files looked at so far
   * @param total how many there are
   */
  void advanced(String subject, long done, long total);
}
