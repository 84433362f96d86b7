package dev.cmt.test;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cmt.buffer.RecordedSamples;
import dev.cmt.buffer.ReplayBuffer;
import dev.cmt.buffer.Retention;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.buffer.RunLock;
import dev.cmt.buffer.StepLedger;
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
 * parameters, metrics, samples, ledgers; and no batch that the journal acknowledged may be
 * evaluated again. What a kill costs is counted in gradient steps and batches that have to be done
 * again, which no slow disk or busy machine can blur.
 *
 * <p>{@code ./cmt test --chaos N --seed S} kills N times (system properties {@code chaos.kills},
 * {@code chaos.seed}); otherwise six times.
 */
class ChaosIT {
  private static final int KILLS = Integer.getInteger("chaos.kills", 6);
  private static final long SEED = Long.getLong("chaos.seed", 20260);
  private static final Duration LONGEST_RUN = Duration.ofMinutes(10);
  private static final int WORKERS = 2;

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
  private final List<RunLog.Loss> losses = new ArrayList<>();

  /**
   * What is killed.
   *
   * @param spec the run
   * @param gradientSteps of each of its annealing steps
   * @param checkpointEvery so many gradient steps a fit is saved
   */
  private record Victim(SmallRuns.Spec spec, int gradientSteps, int checkpointEvery) {
    static Victim of(SmallRuns.Spec spec, int checkpointEvery, String... more) {
      SmallRuns.Spec all =
          spec.with(
                  "energy.workers=" + WORKERS, "checkpoint.every_gradient_steps=" + checkpointEvery)
              .with(more);
      return new Victim(all, all.load().training().gradientSteps(), checkpointEvery);
    }
  }

  /** What a run that nobody killed came to. */
  private record Undisturbed(Victim victim, Path directory, long millis) {}

  @Test
  void killedRunsEndLikeUndisturbedOnes() throws Exception {
    SmallRuns.Spec gmm = SmallRuns.LONG_FITS.with("training.gradient_steps=400");
    List<Victim> victims = new ArrayList<>();
    victims.add(Victim.of(gmm, 50, "buffer.keep=all"));
    // With a bound that follows the path, which a restart has to find again.
    victims.add(
        Victim.of(gmm, 50, "buffer.keep=last", "buffer.ledger=true", "annealing.eps_ent=auto"));
    if (KILLS > 6) {
      victims.add(Victim.of(SmallRuns.ALANINE_DIPEPTIDE, 25, "buffer.keep=all"));
    }
    List<Undisturbed> undisturbed = new ArrayList<>();
    for (Victim victim : victims) {
      undisturbed.add(undisturbed(victim));
    }
    int kills = 0;
    int runs = 0;
    while (kills < KILLS) {
      Undisturbed expected = undisturbed.get(runs % undisturbed.size());
      Path run = temporary.resolve("killed-" + runs++);
      int wanted = Math.min(KILLS - kills, 3 + (KILLS > 6 ? random.nextInt(6) : 0));
      int hit = 0;
      // A kill that comes too late finds a finished run; the next run makes up for it.
      while (hit < wanted && !isFinished(run)) {
        hit += killOnce(expected, run) ? 1 : 0;
      }
      if (!isFinished(run)) {
        finish(expected.victim().spec(), run);
      }
      kills += hit;
      compare(expected, run);
    }
    System.out.printf(
        "chaos: seed %d, %d kills of %d runs, equal parameters_sha256 in all; stages hit: %s;"
            + " gradient steps done again: %d, at most %d after one kill, where fits are saved every"
            + " %s and a slice had up to %d; batches evaluated again because no journal had them: %d,"
            + " at most %d after one kill, of %d workers; although one had: 0%n",
        SEED,
        kills,
        runs,
        hits,
        losses.stream().mapToLong(RunLog.Loss::repeatedSteps).sum(),
        losses.stream().mapToLong(RunLog.Loss::repeatedSteps).max().orElse(0),
        victims.stream().map(Victim::checkpointEvery).distinct().toList(),
        losses.stream().mapToLong(RunLog.Loss::longestSlice).max().orElse(0),
        losses.stream().mapToLong(RunLog.Loss::repeatedBatches).sum(),
        losses.stream().mapToLong(RunLog.Loss::repeatedBatches).max().orElse(0),
        WORKERS);
  }

  private Undisturbed undisturbed(Victim victim) throws Exception {
    Path run = Files.createTempDirectory(temporary, "undisturbed-").resolve("run");
    long start = System.nanoTime();
    finish(victim.spec(), run);
    return new Undisturbed(victim, run, (System.nanoTime() - start) / 1_000_000);
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
    Process child = SmallRuns.startChild(expected.victim().spec(), run);
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

  /** Compares all that a run leaves, and what its kills cost with what they may. */
  private void compare(Undisturbed expected, Path run) throws Exception {
    JsonNode before = SmallRuns.summary(expected.directory());
    JsonNode after = SmallRuns.summary(run);
    for (String key :
        List.of("parameters_sha256", "ess", "log_z", "log_z_stderr", "elbo", "target_evals")) {
      assertThat(after.get(key)).as("seed %d: %s of %s", SEED, key, run).isEqualTo(before.get(key));
    }
    assertThat(SmallRuns.steps(run)).isEqualTo(SmallRuns.steps(expected.directory()));
    RunDirectory is = new RunDirectory(run);
    RunDirectory should = new RunDirectory(expected.directory());
    assertThat(RecordedSamples.steps(is)).isEqualTo(RecordedSamples.steps(should)).isNotEmpty();
    for (int step : RecordedSamples.steps(should)) {
      StepSamples samples = samples(run, step);
      StepSamples undisturbed = samples(expected.directory(), step);
      assertThat(samples.u()).as("samples of step %d", step).isEqualTo(undisturbed.u());
      assertThat(samples.logQ()).isEqualTo(undisturbed.logQ());
      assertThat(samples.logP()).isEqualTo(undisturbed.logP());
    }
    assertThat(StepLedger.steps(is)).isEqualTo(StepLedger.steps(should));
    assertThat(RecordedSamples.steps(is).size() + StepLedger.steps(is).size())
        .as("each step's densities are kept")
        .isEqualTo(before.get("steps").asInt() + 1);
    for (int step : StepLedger.steps(should)) {
      assertThat(Files.readAllBytes(StepLedger.file(is, step)))
          .isEqualTo(Files.readAllBytes(StepLedger.file(should, step)));
    }
    List<String> log = RunLog.lines(run.resolve("run.log"), 0);
    assertThat(log)
        .as("seed %d, %s: a fit is saved on its way", SEED, run)
        .anyMatch(line -> line.contains(" Journal names step-") && line.contains("-fit-"));
    assertThat(RunLog.evaluatedTwice(log)).as("seed %d, %s", SEED, run).isEmpty();
    Victim victim = expected.victim();
    for (RunLog.Loss loss : RunLog.losses(log, victim.gradientSteps())) {
      assertThat(loss.unsavedSteps())
          .as("seed %d, %s: %s: a checkpoint's period and a slice", SEED, run, loss)
          .isLessThanOrEqualTo(victim.checkpointEvery() + loss.longestSlice());
      assertThat(loss.forgottenSteps())
          .as("seed %d, %s: %s: the journal had named their checkpoint", SEED, run, loss)
          .isZero();
      assertThat(loss.repeatedBatches())
          .as("seed %d, %s: the batches under way", SEED, run)
          .isLessThanOrEqualTo(2 * WORKERS + 2);
      losses.add(loss);
    }
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
