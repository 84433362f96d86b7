package dev.cmt.actors.md;

import java.nio.file.Path;

/**
 * How a simulation ended.
 *
 * @param root its directory
 * @param summary what it found; null unless it finished
 * @param failure why it could not go on, in words for people; null unless it failed
 * @param cause what went wrong underneath; null unless it failed
 */
public record SimulationResult(
    Path root, SimulationSummary summary, String failure, Throwable cause) {
  /** Whether all replicas made all their steps and the files are written. */
  public boolean isFinished() {
    return summary != null;
  }

  /** Whether somebody asked it to stop; it can be taken up again. */
  public boolean isStopped() {
    return summary == null && failure == null;
  }
}
