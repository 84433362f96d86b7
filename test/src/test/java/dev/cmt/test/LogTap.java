package dev.cmt.test;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/**
 * Hears what a class logs, on the thread that logs it: a place in the midst of the product's code
 * where a test can let a thread hang or fail. Until it is closed.
 */
final class LogTap extends UnsynchronizedAppenderBase<ILoggingEvent> implements AutoCloseable {
  private final Logger logger;
  private final Level before;
  private final Consumer<String> listener;

  private LogTap(Logger logger, Consumer<String> listener) {
    this.logger = logger;
    this.before = logger.getLevel();
    this.listener = listener;
  }

  /** Taps a logger, at its most talkative. */
  static LogTap of(String logger, Consumer<String> listener) {
    LogTap tap = new LogTap((Logger) LoggerFactory.getLogger(logger), listener);
    tap.start();
    tap.logger.setLevel(Level.DEBUG);
    tap.logger.addAppender(tap);
    return tap;
  }

  /** Waits, on a thread of the product. */
  static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  boolean isOpen() {
    return isStarted();
  }

  @Override
  protected void append(ILoggingEvent event) {
    listener.accept(event.getFormattedMessage());
  }

  @Override
  public void close() {
    logger.detachAppender(this);
    logger.setLevel(before);
    stop();
  }
}
