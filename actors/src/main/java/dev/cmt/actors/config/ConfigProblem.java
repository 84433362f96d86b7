package dev.cmt.actors.config;

import java.util.Objects;

/**
 * One thing wrong with a config.
 *
 * @param key full path of the key, such as {@code annealing.eps_tr}, or what was meant to hold keys
 * @param value what was found, as the user wrote it
 * @param allowed what may stand there, as the end of a sentence after "must be"
 * @param mend what to do about it, a sentence, or empty where {@code allowed} says it all
 */
public record ConfigProblem(String key, String value, String allowed, String mend) {
  public ConfigProblem {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(value, "value");
    Objects.requireNonNull(allowed, "allowed");
    Objects.requireNonNull(mend, "mend");
  }

  /** The problem in one line. */
  @Override
  public String toString() {
    return "%s = %s: must be %s.%s"
        .formatted(key, value, allowed, mend.isEmpty() ? "" : " " + mend);
  }
}
