/**
 * The command line: one class a command. Invariants: every failure a user can meet is one clear
 * message and an exit code of {@link dev.cmt.actors.cli.ExitCode}; a stack trace goes to the run's
 * log or, with {@code --verbose}, after the message; what a command writes is a whole file or none.
 */
package dev.cmt.actors.cli;
