package dev.cmt.buffer;

import java.nio.file.Path;

/**
 * Something in a log that cannot be trusted and was not used.
 *
 * @param log the directory of the log
 * @param record how many records of the log come before it
 * @param reason where in the log's file it lies and what is wrong with it
 * @param keptAt where the log as it was found now lies, for a post-mortem; the log itself was
 *     rewritten with the sound records. Equals {@code log} if it was only read
 */
public record JournalDamage(Path log, long record, String reason, Path keptAt) {
  @Override
  public String toString() {
    return "%s: after %d records: %s (the log as it was found: %s)"
        .formatted(log, record, reason, keptAt);
  }
}
