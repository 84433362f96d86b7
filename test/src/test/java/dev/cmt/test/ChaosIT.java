package dev.cmt.test;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cmt.buffer.ReplayBuffer;
import dev.cmt.buffer.Retention;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.buffer.RunLock;
import dev.cmt.buffer.StepSamples;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs that are killed (SIGKILL) again and again, at instants drawn from a seed: uniformly over a
 * whole run, or a moment after something short begins, such as the writing of a checkpoint. Each is
 * started again until it finishes, and must end with every bit of a run that nobody killed:
 * parameters, metrics, samples; and no batch that the journal acknowledged may be evaluated again.
 *
 * <p>{@code ./cmt test --chaos N --seed S} kills N times (system properties {@code chaos.kills},
 * {@code chaos.seed}); otherwise six times.
 */
class ChaosIT {
  private static final int KILLS = Integer.getInteger("chaos.kills", 6);
  private static final long SEED = Long.getLong("chaos.seed", 20260);
  private static final Duration LONGEST_RUN = Duration.ofMinutes(10);

  /** Beginnings in run.log after which a kill is worth a try. */
  private static final List<String> MARKS =
      List.of(
          "Opening step ",
          "Stage: Collecting",
          "Evaluating batch ",
          "Stage: Solving",
          "Stage: Fitting",
          "-fit-",
          "Stage: Exporting",
          " Writing step-",
          "Stage: Ended");

  @TempDir private Path temporary;
  private final Random random = new Random(SEED);
  private final Map<RunLog.Stage, Integer> hits = new EnumMap<>(RunLog.Stage.class);

  /** What a run that nobody killed came to. */
  private record Undisturbed(SmallRuns.Spec spec, Path directory, long millis, long evaluations) {}

  @Test
  void killedRunsEndLikeUndisturbedOnes() throws Exception {
    List<SmallRuns.Spec> specs = new ArrayList<>();
    specs.add(
        SmallRuns.LONG_FITS.with(
            "training.gradient_steps=400",
            "checkpoint.every_gradient_steps=50",
            "buffer.keep=all"));
    if (KILLS > 6) {
      specs.add(
          SmallRuns.ALANINE_DIPEPTIDE.with(
              "checkpoint.every_gradient_steps=25", "buffer.keep=all"));
    }
    List<Undisturbed> undisturbed = new ArrayList<>();
    for (SmallRuns.Spec spec : specs) {
      undisturbed.add(undisturbed(spec));
    }
    int kills = 0;
    int runs = 0;
    long repeated = 0;
    while (kills < KILLS) {
      Undisturbed expected = undisturbed.get(runs % undisturbed.size());
      Path run = temporary.resolve("killed-" + runs++);
      int wanted = Math.min(KILLS - kills, 3 + random.nextInt(6));
      int hit = 0;
      // A kill that comes too late finds a finished run; the next run makes up for it.
      while (hit < wanted && !isFinished(run)) {
        hit += killOnce(expected, run) ? 1 : 0;
      }
      if (!isFinished(run)) {
        finish(expected.spec(), run);
      }
      kills += hit;
      repeated += compare(expected, run);
    }
    System.out.printf(
        "chaos: seed %d, %d kills of %d runs, equal parameters_sha256 in all; stages hit: %s;"
            + " batches evaluated again because no journal had them: %d, although one had: 0%n",
        SEED, kills, runs, hits, repeated);
  }

  private Undisturbed undisturbed(SmallRuns.Spec spec) throws Exception {
    Path run = temporary.resolve("undisturbed-" + spec.name());
    long start = System.nanoTime();
    finish(spec, run);
    long millis = (System.nanoTime() - start) / 1_000_000;
    return new Undisturbed(
        spec, run, millis, RunLog.evaluations(RunLog.lines(run.resolve("run.log"), 0)));
  }

  /** Also of a run that was killed when it had written all that counts. */
  private static boolean isFinished(Path run) {
    return Files.exists(run.resolve("summary.json"));
  }

  private static void finish(SmallRuns.Spec spec, Path run) throws Exception {
    Process child = SmallRuns.startChild(spec, run);
    try {
      assertThat(child.waitFor(LONGEST_RUN.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(child.exitValue()).as("%s", SmallRuns.said(run)).isZero();
    } finally {
      child.destroyForcibly();
    }
  }

  /** Starts a process and kills it; false if it finished before. */
  private boolean killOnce(Undisturbed expected, Path run) throws Exception {
    Path log = run.resolve("run.log");
    long before = RunLog.length(log);
    Process child = SmallRuns.startChild(expected.spec(), run);
    try {
      long start = System.nanoTime();
      if (random.nextInt(3) == 0) {
        long delay = (long) (random.nextDouble() * expected.millis());
        child.waitFor(delay, TimeUnit.MILLISECONDS);
      } else {
        String mark = MARKS.get(random.nextInt(MARKS.size()));
        int occurrence = 1 + random.nextInt(mark.startsWith("Evaluating") ? 12 : 2);
        long delayMicros = random.nextInt(30_000);
        while (child.isAlive() && occurrences(mark, RunLog.lines(log, before)) < occurrence) {
          assertThat(System.nanoTime() - start)
              .as("waiting for \"%s\"", mark)
              .isLessThan(LONGEST_RUN.toNanos());
          Thread.sleep(1);
        }
        TimeUnit.MICROSECONDS.sleep(delayMicros);
      }
      if (!child.isAlive()) {
        assertThat(child.exitValue()).as("%s", SmallRuns.said(run)).isZero();
        return false;
      }
    } finally {
      child.destroyForcibly();
    }
    assertThat(child.waitFor(1, TimeUnit.MINUTES)).isTrue();
    RunLog.stagesAtTheEnd(RunLog.lines(log, before))
        .forEach(stage -> hits.merge(stage, 1, Integer::sum));
    return true;
  }

  private static long occurrences(String mark, List<String> lines) {
    return lines.stream().filter(line -> line.contains(mark)).count();
  }

  /** Compares all that a run leaves; returns how many batches were lost with their evaluations. */
  private long compare(Undisturbed expected, Path run) throws Exception {
    JsonNode before = SmallRuns.summary(expected.directory());
    JsonNode after = SmallRuns.summary(run);
    for (String key :
        List.of("parameters_sha256", "ess", "log_z", "log_z_stderr", "elbo", "target_evals")) {
      assertThat(after.get(key)).as("seed %d: %s of %s", SEED, key, run).isEqualTo(before.get(key));
    }
    assertThat(SmallRuns.steps(run)).isEqualTo(SmallRuns.steps(expected.directory()));
    int steps = before.get("steps").asInt();
    for (int step = 0; step <= steps; step++) {
      StepSamples is = samples(run, step);
      StepSamples should = samples(expected.directory(), step);
      assertThat(is.u()).as("samples of step %d", step).isEqualTo(should.u());
      assertThat(is.logQ()).isEqualTo(should.logQ());
      assertThat(is.logP()).isEqualTo(should.logP());
    }
    List<String> log = RunLog.lines(run.resolve("run.log"), 0);
    assertThat(RunLog.evaluatedTwice(log)).as("seed %d, %s", SEED, run).isEmpty();
    return RunLog.evaluations(log) - expected.evaluations();
  }

  private static StepSamples samples(Path run, int step) throws Exception {
    try (RunLock lock = RunLock.acquire(new RunDirectory(run));
        ReplayBuffer buffer =
            ReplayBuffer.open(
                lock,
                Retention.ALL,
                damage -> {
                  throw new AssertionError(damage.toString());
                })) {
      return buffer.readAll(step);
    }
  }
}
