package dev.cmt.actors.cli;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;

/** A bar on the terminal for one piece of work; shows nothing where nobody watches. */
final class Bar implements AutoCloseable {
  private final String task;
  private final boolean watched = System.console() != null;
  private ProgressBar bar;

  private Bar(String task) {
    this.task = task;
  }

  /**
   * Begins a bar.
   *
   * @param task what is done, in a word
   * @param total how much there is; 0 if that is not known before {@link #show}
   */
  static Bar of(String task, long total) {
    Bar bar = new Bar(task);
    if (total > 0) {
      bar.begin(total);
    }
    return bar;
  }

  private void begin(long total) {
    if (watched && bar == null) {
      bar = new ProgressBarBuilder().setTaskName(task).setInitialMax(total).build();
    }
  }

  /** So much more is done. */
  synchronized void add(long amount) {
    if (bar != null) {
      bar.stepBy(amount);
    }
  }

  /** So much is done of a total; safe to call from any thread. */
  synchronized void show(long done, long total) {
    begin(total);
    if (bar != null) {
      bar.stepTo(done);
    }
  }

  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
