package dev.cmt.actors.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.actors.run.RunPlan.Command;
import dev.cmt.actors.run.RunPlan.Event;
import dev.cmt.actors.run.RunPlan.Outcome;
import dev.cmt.actors.run.RunPlan.Phase;
import dev.cmt.actors.run.RunPlan.Settings;
import dev.cmt.actors.run.RunPlan.State;
import dev.cmt.actors.run.RunPlan.Transition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RunPlanTest {
  private static final Settings SETTINGS = new Settings(2, 1050, 300, 100, 7, 3);
  private static final Event STOP = new Event.StopRequested();

  @Test
  void asksForNoMoreThanTheAllowedBatchesAtOnce() {
    Transition opened = RunPlan.start(SETTINGS, 0);
    assertThat(opened.commands()).containsExactly(new Command.OpenStep(0, 11));
    Transition first = next(opened, new Event.StepOpened(0, Set.of()));
    assertThat(first.commands())
        .containsExactly(
            new Command.SampleBatch(0, 0, 0, 100),
            new Command.SampleBatch(0, 1, 100, 100),
            new Command.SampleBatch(0, 2, 200, 100));
    Transition second = next(first, new Event.BatchStored(0, 1));
    assertThat(second.commands()).containsExactly(new Command.SampleBatch(0, 3, 300, 100));
  }

  @Test
  void asksOnlyForBatchesTheJournalLacks() {
    Transition opened = RunPlan.start(SETTINGS, 1);
    Set<Integer> allButTheLast = Set.copyOf(IntStream.range(0, 10).boxed().toList());
    Transition resumed = next(opened, new Event.StepOpened(1, allButTheLast));
    assertThat(resumed.commands()).containsExactly(new Command.SampleBatch(1, 10, 1000, 50));
  }

  @Test
  void aFitThatWasTakenUpGoesOnAtItsGradientStep() {
    Transition solving = at(new Phase.Solving(1), RunPlan.NOTHING);
    assertThat(next(solving, new Event.Solved(1, 4)).commands())
        .containsExactly(new Command.FitSlice(1, 4, 7));
    assertThat(next(solving, new Event.Solved(1, 7)).commands())
        .containsExactly(new Command.Export(1));
  }

  @Test
  void aFitIsSavedWhileItGoesOn() {
    Transition first = next(at(new Phase.Fitting(0, 0, false), -1), slice(2, true));
    assertThat(first.commands())
        .containsExactly(new Command.CheckpointFit(0, 2), new Command.FitSlice(0, 2, 7));
    Transition second = next(first, slice(3, false));
    assertThat(second.commands()).containsExactly(new Command.FitSlice(0, 3, 7));
    Transition saved = next(second, new Event.FitCheckpointed(0, 2));
    assertThat(saved.commands()).isEmpty();
    assertThat(next(saved, slice(4, true)).commands())
        .containsExactly(new Command.CheckpointFit(0, 4), new Command.FitSlice(0, 4, 7));
    // The step's own checkpoint comes at once.
    assertThat(next(saved, slice(7, true)).commands()).containsExactly(new Command.Export(0));
    assertThat(next(second, slice(7, true)).commands()).containsExactly(new Command.Export(0));
  }

  @Test
  void aFitWaitsForADiskThatIsSlowerThanIt() {
    Transition saving = at(new Phase.Fitting(0, 2, true), -1);
    Transition held = next(saving, slice(4, true));
    assertThat(held.commands()).isEmpty();
    assertThat(next(held, new Event.FitCheckpointed(0, 2)).commands())
        .containsExactly(new Command.CheckpointFit(0, 4), new Command.FitSlice(0, 4, 7));
    Transition stopping = next(held, STOP);
    assertThat(stopping.commands())
        .containsExactly(new Command.CheckpointFit(0, 4), new Command.LimitStop());
    Transition earlier = next(stopping, new Event.FitCheckpointed(0, 2));
    assertEndsStopped(next(earlier, new Event.FitCheckpointed(0, 4)));
  }

  @Test
  void theNextStepBeginsWhileTheCheckpointIsWrittenButTheOneAfterWaits() {
    Transition recording = next(at(new Phase.Exporting(0), -1), new Event.Exported(0));
    assertThat(recording.commands())
        .containsExactly(new Command.RecordStep(0), new Command.OpenStep(1, 11));
    Transition fitted =
        next(at(new Phase.Fitting(1, 5, false), 0), new Event.SliceFitted(1, 7, true));
    assertThat(fitted.commands()).isEmpty();
    assertThat(next(fitted, new Event.StepRecorded(0)).commands())
        .containsExactly(new Command.Export(1));
    Transition judged = next(at(new Phase.Solving(2), 1), new Event.Solved(2, 0));
    assertThat(judged.commands()).isEmpty();
    assertThat(next(judged, new Event.StepRecorded(1)).commands())
        .containsExactly(new Command.End(Outcome.FINISHED, "all steps done"));
  }

  @Test
  void ignoresWhatComesTwiceOrTooLate() {
    Transition opened = RunPlan.start(SETTINGS, 0);
    Transition first = next(opened, new Event.StepOpened(0, Set.of()));
    Transition second = next(first, new Event.BatchStored(0, 1));
    for (Event late :
        List.of(
            new Event.BatchStored(0, 1),
            new Event.BatchStored(7, 2),
            slice(3, true),
            new Event.FitCheckpointed(0, 3),
            new Event.Exported(0),
            new Event.StepRecorded(0),
            new Event.StopTimedOut(),
            new Event.Solved(0, 0))) {
      Transition unchanged = next(second, late);
      assertThat(unchanged.state()).isEqualTo(second.state());
      assertThat(unchanged.commands()).isEmpty();
    }
  }

  @Test
  void aFailureEndsAtOnce() {
    Transition failed = next(RunPlan.start(SETTINGS, 0), new Event.Failure("no disk"));
    assertThat(failed.commands()).containsExactly(new Command.End(Outcome.FAILED, "no disk"));
    assertThat(next(failed, new Event.StepOpened(0, Set.of())).commands()).isEmpty();
  }

  @Test
  void aStopEndsAtOnceWhereNothingWouldBeLost() {
    Transition ended = RunPlan.next(SETTINGS, null, STOP);
    assertThat(ended.state()).isEqualTo(new State.Ended(Outcome.STOPPED, "asked to stop"));
    for (Phase phase : List.of(new Phase.Opening(1), new Phase.Solving(1))) {
      assertThat(next(at(phase, -1), STOP).state()).isEqualTo(ended.state());
      assertThat(next(at(phase, 0), STOP).state()).isEqualTo(new State.Stopping(phase, 0));
    }
  }

  @Test
  void aStopLetsBatchesUnderWayReachTheJournalAndAsksForNoMore() {
    BitSet stored = new BitSet();
    Transition stopping = next(at(new Phase.Collecting(0, stored, 2, 2), -1), STOP);
    assertThat(stopping.commands()).containsExactly(new Command.LimitStop());
    Transition one = next(stopping, new Event.BatchStored(0, 1));
    assertThat(one.commands()).isEmpty();
    assertThat(next(one, new Event.BatchStored(0, 1)).state()).isEqualTo(one.state());
    assertEndsStopped(next(one, new Event.BatchStored(0, 0)));
  }

  @Test
  void aStopSavesTheFit() {
    Transition stopping = next(at(new Phase.Fitting(0, 1, true), -1), STOP);
    assertThat(stopping.commands()).containsExactly(new Command.LimitStop());
    Transition saving = next(stopping, slice(3, false));
    assertThat(saving.commands()).containsExactly(new Command.CheckpointFit(0, 3));
    Transition earlier = next(saving, new Event.FitCheckpointed(0, 1));
    assertThat(earlier.state()).isEqualTo(saving.state());
    assertEndsStopped(next(earlier, new Event.FitCheckpointed(0, 3)));

    Transition rested = next(at(new Phase.Fitted(1, 7), 0), STOP);
    assertThat(rested.commands())
        .containsExactly(new Command.CheckpointFit(1, 7), new Command.LimitStop());
    Transition recorded = next(rested, new Event.StepRecorded(0));
    assertEndsStopped(next(recorded, new Event.FitCheckpointed(1, 7)));
  }

  @Test
  void aStopLetsAStepBecomeComplete() {
    Transition stopping = next(at(new Phase.Exporting(0), -1), STOP);
    Transition recording = next(stopping, new Event.Exported(0));
    assertThat(recording.commands()).containsExactly(new Command.RecordStep(0));
    assertEndsStopped(next(recording, new Event.StepRecorded(0)));
  }

  @Test
  void aStopThatTakesTooLongEndsAllTheSame() {
    Transition stopping = next(at(new Phase.Fitting(0, 1, false), -1), STOP);
    Transition ended = next(stopping, new Event.StopTimedOut());
    assertThat(ended.state()).isInstanceOf(State.Ended.class);
    assertThat(((State.Ended) ended.state()).outcome()).isEqualTo(Outcome.STOPPED);
  }

  /**
   * Whatever the order of answers, each step collects, solves, fits, exports and records once, in
   * order; and a stop at any instant ends the run after the answers that are still to come.
   */
  @Test
  void anyOrderOfAnswersGivesTheSameRun() {
    for (long seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      int stopAfter = seed % 2 == 0 ? Integer.MAX_VALUE : random.nextInt(60);
      List<String> milestones = new ArrayList<>();
      List<Event> answers = new ArrayList<>();
      Transition transition = RunPlan.start(SETTINGS, 0);
      int rowsSampled = 0;
      int events = 0;
      Deque<Command> commands = new ArrayDeque<>(transition.commands());
      while (true) {
        while (!commands.isEmpty()) {
          Command command = commands.poll();
          if (command instanceof Command.SampleBatch batch) {
            rowsSampled += batch.rows();
          } else if (!(command instanceof Command.FitSlice)
              && !(command instanceof Command.CheckpointFit)) {
            milestones.add(command.toString());
          }
          answers.addAll(answer(command, random));
        }
        if (transition.state() instanceof State.Ended) {
          break;
        }
        assertThat(answers).as("seed %d is stuck in %s", seed, transition.state()).isNotEmpty();
        Collections.shuffle(answers, random);
        Event event = events++ == stopAfter ? STOP : answers.remove(answers.size() - 1);
        transition = next(transition, event);
        commands.addAll(transition.commands());
      }
      if (milestones.contains(new Command.LimitStop().toString()) || stopAfter <= events) {
        assertThat(milestones.get(milestones.size() - 1))
            .as("seed %d", seed)
            .startsWith("End[outcome=");
        continue;
      }
      assertThat(rowsSampled).as("seed %d", seed).isEqualTo(2 * 1050 + 300);
      assertThat(milestones)
          .as("seed %d", seed)
          .containsExactly(
              "OpenStep[step=0, batches=11]",
              "Solve[step=0]",
              "Export[step=0]",
              "RecordStep[step=0]",
              "OpenStep[step=1, batches=11]",
              "Solve[step=1]",
              "Export[step=1]",
              "RecordStep[step=1]",
              "OpenStep[step=2, batches=3]",
              "Solve[step=2]",
              "End[outcome=FINISHED, reason=all steps done]");
    }
  }

  private static List<Event> answer(Command command, Random random) {
    if (command instanceof Command.OpenStep open) {
      return List.of(new Event.StepOpened(open.step(), Set.of()));
    }
    if (command instanceof Command.SampleBatch batch) {
      Event stored = new Event.BatchStored(batch.step(), batch.batch());
      return random.nextInt(4) == 0 ? List.of(stored, stored) : List.of(stored);
    }
    if (command instanceof Command.Solve solve) {
      return List.of(new Event.Solved(solve.step(), 0));
    }
    if (command instanceof Command.FitSlice slice) {
      int done = Math.min(slice.total(), slice.done() + 1 + random.nextInt(3));
      return List.of(new Event.SliceFitted(slice.step(), done, random.nextBoolean()));
    }
    if (command instanceof Command.CheckpointFit fit) {
      return List.of(new Event.FitCheckpointed(fit.step(), fit.done()));
    }
    if (command instanceof Command.Export export) {
      return List.of(new Event.Exported(export.step()));
    }
    if (command instanceof Command.RecordStep recordStep) {
      return List.of(new Event.StepRecorded(recordStep.step()));
    }
    return List.of();
  }

  private static Event slice(int done, boolean due) {
    return new Event.SliceFitted(0, done, due);
  }

  private static Transition at(Phase phase, int recording) {
    return new Transition(new State.Running(phase, recording), List.of());
  }

  private static Transition next(Transition from, Event event) {
    return RunPlan.next(SETTINGS, from.state(), event);
  }

  private static void assertEndsStopped(Transition transition) {
    assertThat(transition.commands())
        .containsExactly(new Command.End(Outcome.STOPPED, "asked to stop"));
  }
}
