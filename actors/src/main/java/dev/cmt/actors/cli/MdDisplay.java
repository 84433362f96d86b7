package dev.cmt.actors.cli;

import dev.cmt.actors.md.Average;
import dev.cmt.actors.md.SimulationEvent;
import dev.cmt.actors.md.SimulationSummary;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Shows a simulation: a bar on a terminal, elsewhere a line every half minute. Hears events on one
 * thread; closing is safe from any.
 */
final class MdDisplay implements Consumer<SimulationEvent>, AutoCloseable {
  private static final long LINE_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** Parts of a nanosecond on the bar. */
  private static final int PARTS = 1000;

  private final PrintWriter out;
  private final boolean terminal = System.console() != null && System.getenv("TERM") != null;
  private ProgressBar bar;
  private long start;
  private long lastLine;
  private double before;
  private double total;

  MdDisplay(PrintWriter out) {
    this.out = out;
  }

  @Override
  public synchronized void accept(SimulationEvent event) {
    if (event instanceof SimulationEvent.Started started) {
      start = System.nanoTime();
      lastLine = start;
      before = started.done();
      total = started.total();
      out.println("forces:   " + started.engine());
      if (before > 0) {
        out.printf(Locale.ROOT, "found:    %.3f of %.3f ns of all replicas%n", before, total);
      }
      out.flush();
      if (terminal) {
        bar =
            new ProgressBarBuilder()
                .setTaskName("MD")
                .setInitialMax(Math.round(PARTS * total))
                .startsFrom(Math.round(PARTS * before), Duration.ZERO)
                .setUnit(" ns", PARTS)
                .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                .setUpdateIntervalMillis(250)
                .build();
      }
    } else if (event instanceof SimulationEvent.Advanced advanced) {
      advance(advanced.done());
    } else if (event instanceof SimulationEvent.Concluding) {
      close();
      out.println("writing files and diagnostics");
      out.flush();
    }
  }

  private void advance(double done) {
    long now = System.nanoTime();
    double days = (now - start) * 1e-9 / TimeUnit.DAYS.toSeconds(1);
    String rate = String.format(Locale.ROOT, " %.0f ns/day", (done - before) / days);
    if (bar != null) {
      bar.setExtraMessage(rate);
      bar.stepTo(Math.round(PARTS * done));
    } else if (now - lastLine >= LINE_NANOS) {
      lastLine = now;
      double minutes = (total - done) / (done - before) * days * TimeUnit.DAYS.toMinutes(1);
      out.printf(
          Locale.ROOT,
          "%.3f of %.3f ns of all replicas %s  left %.1f min%n",
          done,
          total,
          rate,
          minutes);
      out.flush();
    }
  }

  /** What a finished simulation says of itself. */
  static void print(SimulationSummary summary, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "finished: %d frames at %.0f K, %.1f ns in %d ladders%n",
        summary.frames(),
        summary.temperatureK(),
        summary.nsAtTemperature(),
        summary.ladders());
    out.println("  T/K      kinetic T/K        mean E      swaps   slope of overlap (1 expected)");
    for (SimulationSummary.Rung rung : summary.rungs()) {
      out.printf(
          Locale.ROOT,
          "  %7.2f  %7.2f ± %-6s %11.3f  %6s   %s ± %s%n",
          rung.temperatureK(),
          rung.kineticTemperatureK(),
          text("%.2f", rung.kineticTemperatureStderr()),
          rung.meanEnergy(),
          text("%.3f", rung.acceptance()),
          text("%.4f", rung.slopeRatio()),
          text("%.4f", rung.slopeRatioStderr()));
    }
    out.printf(
        Locale.ROOT,
        "round trips: %d, %.1f a replica%n",
        summary.roundTrips(),
        summary.roundTripsPerReplica());
    print("energy/(kJ/mol)", "%.3f", summary.potentialEnergy(), out);
    for (SimulationSummary.Residue residue : summary.residues()) {
      print("P(φ>0) of " + residue.name(), "%.5f", residue.phiPositive(), out);
      SimulationSummary.Ramachandran map = residue.ramachandran();
      out.printf(
          Locale.ROOT,
          "  Ramachandran TV between halves %.4f, counting noise %.4f%n",
          map.tvHalves(),
          map.tvHalvesFloor());
      if (map.reference() != null) {
        out.printf(
            Locale.ROOT,
            "  reference: TV %.4f, counting noise %.4f; P(φ>0) %.5f, this less it %s standard errors%n",
            map.reference().tv(),
            map.reference().tvFloor(),
            map.reference().phiPositive(),
            text("%+.2f", map.reference().phiPositiveDifference()));
      }
    }
    out.flush();
  }

  private static void print(String what, String format, Average average, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%s: "
            + format
            + " ± %s; halves "
            + format
            + ", "
            + format
            + ", apart by %s standard errors; %s effective samples%n",
        what,
        average.mean(),
        text(format, average.standardError()),
        average.firstHalf(),
        average.secondHalf(),
        text("%+.2f", average.halvesDifference()),
        text("%.0f", average.effectiveSamples()));
  }

  private static String text(String format, Double value) {
    return value == null ? "–" : String.format(Locale.ROOT, format, value);
  }

  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
