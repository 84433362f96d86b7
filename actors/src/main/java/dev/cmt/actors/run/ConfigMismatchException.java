package dev.cmt.actors.run;

import java.nio.file.Path;
import java.util.List;

/**
 * A run directory holds a run of another config. The message shows each difference and what to do.
 */
public final class ConfigMismatchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ConfigMismatchException(Path root, List<String> differences) {
    super(
        "%s holds a run of another config:%n  %s%nName another directory with --run-dir, or use the run's own config."
            .formatted(root, String.join(System.lineSeparator() + "  ", differences)));
  }
}
