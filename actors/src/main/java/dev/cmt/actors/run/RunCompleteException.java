package dev.cmt.actors.run;

import java.nio.file.Path;

/** A run directory holds a finished run, so there is nothing to go on with. */
public final class RunCompleteException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RunCompleteException(Path root) {
    super(
        "%s holds a finished run. Look at it with evaluate or report, or name another directory with --run-dir."
            .formatted(root));
  }
}
