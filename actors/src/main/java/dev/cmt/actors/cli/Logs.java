package dev.cmt.actors.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/** Where log lines go: short warnings to the console, everything to the log of a run. */
public final class Logs {
  private static Path file;

  private Logs() {}

  /**
   * From here on everything is also appended to a file, stack traces included.
   *
   * @param log file to append to; its directory exists
   */
  public static synchronized void toFile(Path log) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    FileAppender<ILoggingEvent> appender = new FileAppender<>();
    appender.setContext(context);
    appender.setName(log.toString());
    appender.setFile(log.toString());
    appender.setEncoder(
        encoder(context, "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{20} %msg%n%ex"));
    appender.start();
    root(context).addAppender(appender);
    file = log;
  }

  /** The file of the last {@link #toFile}, if there was one. */
  static synchronized Optional<Path> file() {
    return Optional.ofNullable(file);
  }

  /** Shows debug lines of CMT and stack traces on the console. */
  static void verbose() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    changeConsole(
        context,
        console -> {
          console.clearAllFilters();
          console.setEncoder(encoder(context, "%d{HH:mm:ss.SSS} %-5level %logger{0} %msg%n%ex"));
        });
    context.getLogger("dev.cmt").setLevel(Level.DEBUG);
  }

  /** Shows what a process that serves others does: its own events, with their time. */
  static void service() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    changeConsole(
        context,
        console ->
            console.setEncoder(
                encoder(context, "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %msg%n%nopex")));
    root(context).setLevel(Level.WARN);
    context.getLogger("dev.cmt").setLevel(Level.INFO);
  }

  private static void changeConsole(
      LoggerContext context, Consumer<ConsoleAppender<ILoggingEvent>> change) {
    root(context)
        .iteratorForAppenders()
        .forEachRemaining(
            appender -> {
              if (appender instanceof ConsoleAppender<ILoggingEvent> console) {
                console.stop();
                change.accept(console);
                console.start();
              }
            });
  }

  private static PatternLayoutEncoder encoder(LoggerContext context, String pattern) {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(pattern);
    encoder.start();
    return encoder;
  }

  private static Logger root(LoggerContext context) {
    return context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }
}
