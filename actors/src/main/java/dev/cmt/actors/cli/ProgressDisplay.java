package dev.cmt.actors.cli;

import dev.cmt.actors.run.RunEvent;
import dev.cmt.actors.run.StepRecord;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressState;

/**
 * Shows a run: on a terminal one bar with the live numbers, elsewhere (a log file, a pipe) one line
 * for each completed step. Hears events on one thread; closing is safe from any.
 */
final class ProgressDisplay implements Consumer<RunEvent>, AutoCloseable {
  /** Parts of one annealing step on the bar: collecting its samples, then fitting. */
  private static final int COLLECT_PARTS = 300;

  private static final int FIT_PARTS = 700;

  private final PrintWriter out;
  private final int totalSteps;
  private final boolean terminal;
  private final long start = System.nanoTime();
  private ProgressBar bar;
  private int startedAt;
  private List<String> numbers = List.of();

  /** What the bar shows; read by the bar's own thread. */
  private volatile List<String> shown = List.of();

  private long evaluations;
  private long evaluationsBefore = -1;
  private boolean evaluating;

  /**
   * A display.
   *
   * @param out where lines go
   * @param terminal whether a person watches a terminal
   * @param totalSteps annealing steps of the run
   */
  ProgressDisplay(PrintWriter out, boolean terminal, int totalSteps) {
    this.out = out;
    this.terminal = terminal;
    this.totalSteps = totalSteps;
  }

  @Override
  public synchronized void accept(RunEvent event) {
    if (event instanceof RunEvent.Started started) {
      startedAt = started.completedSteps();
      out.println("flow:     " + started.flowEngine());
      out.println("energies: " + started.energyEngine());
      out.println("run:      " + started.found());
      if (terminal) {
        bar =
            new ProgressBarBuilder()
                .setTaskName("CMT")
                .setInitialMax((long) totalSteps * (COLLECT_PARTS + FIT_PARTS) + COLLECT_PARTS)
                .startsFrom((long) startedAt * (COLLECT_PARTS + FIT_PARTS), Duration.ZERO)
                .setRenderer(this::render)
                .setUpdateIntervalMillis(250)
                .build();
      }
    } else if (event instanceof RunEvent.Collected collected) {
      if (evaluationsBefore < 0) {
        evaluationsBefore = collected.targetEvals();
      }
      evaluations = collected.targetEvals();
      if (bar == null && collected.step() == totalSteps && !evaluating) {
        evaluating = true;
        out.printf("final evaluation: %d samples%n", collected.rows());
        out.flush();
      }
      moveTo(collected.step(), COLLECT_PARTS * collected.storedRows() / collected.rows());
    } else if (event instanceof RunEvent.Fitted fitted) {
      moveTo(fitted.step(), COLLECT_PARTS + (long) FIT_PARTS * fitted.done() / fitted.total());
    } else if (event instanceof RunEvent.StepCompleted completed) {
      completed(completed.record());
    }
  }

  /** The line of the terminal; the library's own leaves the bar what the numbers leave it. */
  private String render(ProgressState state, int columns) {
    double done = (double) state.getCurrent() / state.getMax();
    double before = (double) state.getStart() / state.getMax();
    Duration elapsed = state.getElapsedAfterStart();
    Duration left =
        done > before
            ? Duration.ofMillis((long) (elapsed.toMillis() * (1 - done) / (done - before)))
            : null;
    long step = Math.min(totalSteps, state.getCurrent() / (COLLECT_PARTS + FIT_PARTS));
    return ProgressLine.of(done, step + "/" + totalSteps, elapsed, left, shown, columns);
  }

  private void moveTo(int step, long parts) {
    if (bar != null) {
      List<String> words = new ArrayList<>();
      if (step >= totalSteps) {
        words.add("final evaluation");
      }
      words.addAll(numbers);
      words.addAll(rate());
      shown = List.copyOf(words);
      bar.stepTo((long) step * (COLLECT_PARTS + FIT_PARTS) + parts);
    }
  }

  private void completed(StepRecord step) {
    numbers =
        List.of(
            number("ESS %.3f", step.essTarget()),
            number("β %.3f", step.beta()),
            number("log Z %.3f", step.logZ()),
            number("H %.1f", step.entropy()));
    if (bar == null) {
      double seconds = (System.nanoTime() - start) * 1e-9;
      int done = step.step() + 1 - startedAt;
      double left = seconds / done * (totalSteps - step.step() - 1);
      out.printf(
          Locale.ROOT,
          "step %d/%d %s  λ %.3g  η %.3g  evals %d %s  elapsed %s  left %s%n",
          step.step() + 1,
          totalSteps,
          String.join(" ", numbers),
          step.lambda(),
          step.eta(),
          step.targetEvals(),
          String.join("", rate()),
          time(seconds),
          time(left));
    }
  }

  /** Nothing while there is too little to tell from. */
  private List<String> rate() {
    double seconds = (System.nanoTime() - start) * 1e-9;
    long since = evaluations - Math.max(0, evaluationsBefore);
    return seconds < 1 ? List.of() : List.of(number("%.0f evals/s", since / seconds));
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  private static String time(double seconds) {
    return ProgressLine.time(Math.round(seconds));
  }

  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
