package dev.cmt.actors.cli;

/** Ends a command with a message for people and an exit code. */
public final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  private CommandException(int exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /** The run failed: {@link ExitCode#FAILED}. */
  public static CommandException failed(String message, Throwable cause) {
    return new CommandException(ExitCode.FAILED, message, cause);
  }

  /** An argument cannot be used: {@link ExitCode#WRONG_USE}. */
  public static CommandException wrongUse(String message, Throwable cause) {
    return new CommandException(ExitCode.WRONG_USE, message, cause);
  }

  /** The machine lacks something: {@link ExitCode#ENVIRONMENT}. */
  public static CommandException environment(String message, Throwable cause) {
    return new CommandException(ExitCode.ENVIRONMENT, message, cause);
  }

  /** One of {@link ExitCode}. */
  public int exitCode() {
    return exitCode;
  }
}
