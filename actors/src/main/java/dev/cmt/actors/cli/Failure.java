package dev.cmt.actors.cli;

import dev.cmt.actors.cluster.ClusterUnavailableException;
import dev.cmt.actors.config.ConfigException;
import dev.cmt.buffer.DiskFullException;
import dev.cmt.buffer.RunLockedException;
import dev.cmt.energy.EnergyUnavailableException;
import dev.cmt.flow.FlowUnavailableException;
import dev.cmt.flow.checkpoint.MalformedCheckpointException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.pekko.actor.ActorInitializationException;

/**
 * What a user is told about a throwable.
 *
 * @param exitCode one of {@link ExitCode}
 * @param message for people; says what is wrong and, where known, the mend
 * @param expected whether the message tells everything; otherwise the stack trace matters
 */
record Failure(int exitCode, String message, boolean expected) {

  static Failure of(Throwable thrown) {
    Throwable cause = unwrap(thrown);
    if (cause instanceof CommandException e) {
      return new Failure(e.exitCode(), e.getMessage(), true);
    }
    if (cause instanceof ConfigException e) {
      return new Failure(ExitCode.WRONG_USE, e.getMessage(), true);
    }
    if (cause instanceof EnergyUnavailableException e) {
      return new Failure(ExitCode.ENVIRONMENT, e.getMessage(), true);
    }
    if (cause instanceof FlowUnavailableException e) {
      return new Failure(ExitCode.ENVIRONMENT, e.getMessage(), true);
    }
    if (cause instanceof DiskFullException e) {
      return new Failure(ExitCode.ENVIRONMENT, e.getMessage(), true);
    }
    if (cause instanceof MalformedCheckpointException e) {
      return new Failure(ExitCode.FAILED, e.getMessage(), true);
    }
    if (cause instanceof RunLockedException e) {
      return new Failure(ExitCode.WRONG_USE, e.getMessage(), true);
    }
    if (cause instanceof ClusterUnavailableException e) {
      return new Failure(ExitCode.ENVIRONMENT, e.getMessage(), true);
    }
    if (cause instanceof IOException e) {
      return ofInputOutput(e);
    }
    if (cause instanceof LinkageError e) {
      return new Failure(
          ExitCode.ENVIRONMENT,
          "A library could not be loaded: %s%nRun ./cmt doctor to see what is missing."
              .formatted(e.getMessage()),
          false);
    }
    if (cause instanceof OutOfMemoryError) {
      return new Failure(
          ExitCode.ENVIRONMENT,
          ("Out of memory (%s): the JVM may use %d MB of heap. Give it more, as with"
                  + " JAVA_TOOL_OPTIONS=-Xmx8g, and start again; a run goes on where it was.")
              .formatted(cause.getMessage(), Runtime.getRuntime().maxMemory() >> 20),
          true);
    }
    if (cause instanceof InternalError) {
      return new Failure(
          ExitCode.ENVIRONMENT,
          ("Memory that is a file's could not be reached (%s). Is the disk full, or failing? Once it is"
                  + " not, start again; a run goes on where it was.")
              .formatted(cause.getMessage()),
          true);
    }
    return new Failure(ExitCode.FAILED, "Unexpected failure: " + cause, false);
  }

  private static Failure ofInputOutput(IOException failure) {
    if (String.valueOf(failure.getMessage()).contains("No space left on device")) {
      return new Failure(
          ExitCode.ENVIRONMENT,
          "The disk is full (%s). Free some space and start again.".formatted(failure.getMessage()),
          true);
    }
    if (failure instanceof FileSystemException e) {
      String reason = e.getReason() == null ? "" : " (" + e.getReason() + ")";
      if (e instanceof NoSuchFileException) {
        return new Failure(
            ExitCode.WRONG_USE, "There is no %s%s.".formatted(e.getFile(), reason), true);
      }
      if (e instanceof AccessDeniedException) {
        return new Failure(
            ExitCode.WRONG_USE,
            "No permission for %s%s; check its owner and mode.".formatted(e.getFile(), reason),
            true);
      }
      if (e instanceof FileAlreadyExistsException) {
        return new Failure(
            ExitCode.WRONG_USE, "%s exists already%s.".formatted(e.getFile(), reason), true);
      }
      if (reason.contains("Read-only file system")) {
        return new Failure(
            ExitCode.ENVIRONMENT,
            "%s lies on a file system that is read-only here; choose another place, a run's by --run-dir."
                .formatted(e.getFile()),
            true);
      }
      return new Failure(ExitCode.FAILED, "Cannot use %s%s.".formatted(e.getFile(), reason), false);
    }
    return new Failure(
        ExitCode.FAILED, "Reading or writing failed: " + failure.getMessage(), false);
  }

  private static Throwable unwrap(Throwable thrown) {
    Throwable cause = thrown;
    while (cause.getCause() != null
        && (cause instanceof CompletionException
            || cause instanceof ExecutionException
            || cause instanceof UncheckedIOException
            || cause instanceof ActorInitializationException)) {
      cause = cause.getCause();
    }
    return cause;
  }
}
