package dev.cmt.actors.cli;

/** What a command's end means to scripts. */
public final class ExitCode {
  /** The command did what it was asked to do. */
  public static final int SUCCESS = 0;

  /** The run failed. */
  public static final int FAILED = 1;

  /** Wrong use or config; nothing was started. */
  public static final int WRONG_USE = 2;

  /** The environment lacks something; the message says what, and the command that mends it. */
  public static final int ENVIRONMENT = 3;

  private ExitCode() {}
}
