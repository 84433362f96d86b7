package dev.cmt.buffer;

import java.nio.file.Path;

/**
 * A file of a run that its owner will not change any more, only delete.
 *
 * @param kind what it holds
 * @param step the step it belongs to; 0 for the manifest
 * @param bytes its length, holes included
 * @param sha256 digest of a checkpoint, lower-case hexadecimal; empty for the others, which bring
 *     checksums of their own or are JSON
 */
public record SealedFile(Kind kind, int step, long bytes, String sha256) {
  /** What a file holds. */
  public enum Kind {
    /** {@code run.json}. */
    MANIFEST,
    /** The queue of a completed step. */
    SAMPLES,
    /** The two log-densities that stay of a step. */
    LEDGER,
    /** The flow after a step. */
    CHECKPOINT
  }

  /** Checks the numbers. */
  public SealedFile {
    if (step < 0 || bytes < 0) {
      throw new IllegalArgumentException(
          "step (%d) and bytes (%d) of a sealed file must not be negative.".formatted(step, bytes));
    }
  }

  /** Where it lies in a run directory: told by kind and step alone, never by another's words. */
  Path in(RunDirectory run) {
    return switch (kind) {
      case MANIFEST -> run.manifest();
      case SAMPLES -> ReplayBuffer.directory(run.journal(), step).resolve(ExcerptLog.FILE);
      case LEDGER -> StepLedger.file(run, step);
      case CHECKPOINT -> run.checkpoints().resolve(CheckpointStore.name(step));
    };
  }

  /** For people. */
  @Override
  public String toString() {
    return kind == Kind.MANIFEST
        ? "run.json"
        : "the %s of step %d".formatted(kind == Kind.SAMPLES ? "samples" : word(), step);
  }

  private String word() {
    return kind == Kind.LEDGER ? "ledger" : "checkpoint";
  }
}
