package dev.cmt.actors.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.encoder.Encoder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/**
 * Where log lines go, and how they look: short warnings to the console, everything to the log of a
 * run; for people, or for programs ({@link JsonLines}).
 */
public final class Logs {
  private static final String STEP = "step";

  /** How log lines look. */
  enum Format {
    /** For people. */
    TEXT,
    /** A JSON object a line. */
    JSON
  }

  private static Path file;
  private static Format format = Format.TEXT;

  /** What the process works on. */
  private static volatile Map<String, Object> about = Map.of();

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

  /**
   * How log lines look from here on. For programs the console has what a run's log has; warnings
   * alone are for people.
   */
  static synchronized void format(Format wanted) {
    if (format == wanted) {
      return;
    }
    format = wanted;
    if (wanted == Format.JSON) {
      changeConsole(
          (LoggerContext) LoggerFactory.getILoggerFactory(),
          console -> {
            console.clearAllFilters();
            console.setEncoder(encoder((LoggerContext) LoggerFactory.getILoggerFactory(), ""));
          });
    }
  }

  /**
   * From here on log lines for programs name a run.
   *
   * @param run tells it from others: the same in all its processes
   */
  static synchronized void run(String run) {
    about = Map.of("run", run);
  }

  /** From here on log lines for programs name a step of the run, too. */
  static synchronized void step(int step) {
    Map<String, Object> more = new TreeMap<>(about);
    more.put(STEP, step);
    about = more;
  }

  /** What log lines for programs name. */
  static Map<String, Object> about() {
    return about;
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
        console -> {
          console.clearAllFilters();
          console.setEncoder(
              encoder(context, "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %msg%n%nopex"));
        });
    root(context).setLevel(Level.WARN);
    context.getLogger("dev.cmt").setLevel(Level.INFO);
    // It says every two seconds that it finds no head; HeadSearch says why, and less often.
    context.getLogger("org.apache.pekko.cluster.Cluster").setLevel(Level.ERROR);
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

  /** With this pattern, unless lines are for programs. */
  private static synchronized Encoder<ILoggingEvent> encoder(
      LoggerContext context, String pattern) {
    if (format == Format.JSON) {
      JsonLines lines = new JsonLines();
      lines.setContext(context);
      lines.start();
      return lines;
    }
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
