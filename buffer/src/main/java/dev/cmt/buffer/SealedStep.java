package dev.cmt.buffer;

import java.util.List;

/**
 * All there is of a completed step.
 *
 * @param step index of the step, at least 0
 * @param events the latest {@code run-started}, and the step's own that count, in the order of the
 *     journal; without a {@code step-completed} if the journal has lost it
 * @param files that are there, the manifest among them; a checkpoint only of the last steps
 */
public record SealedStep(int step, List<RunEvent> events, List<SealedFile> files) {
  /** Copies the lists. */
  public SealedStep {
    events = List.copyOf(events);
    files = List.copyOf(files);
  }
}
