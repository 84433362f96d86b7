package dev.cmt.actors.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.actors.run.RunPlan.Command;
import dev.cmt.actors.run.RunPlan.Event;
import dev.cmt.actors.run.RunPlan.Outcome;
import dev.cmt.actors.run.RunPlan.Settings;
import dev.cmt.actors.run.RunPlan.State;
import dev.cmt.actors.run.RunPlan.Transition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RunPlanTest {
  private static final Settings SETTINGS = new Settings(2, 1050, 300, 100, 7, 3);

  @Test
  void asksForNoMoreThanTheAllowedBatchesAtOnce() {
    Transition opened = RunPlan.start(SETTINGS, 0);
    assertThat(opened.commands()).containsExactly(new Command.OpenStep(0, 11));
    Transition first = RunPlan.next(SETTINGS, opened.state(), new Event.StepOpened(0, Set.of()));
    assertThat(first.commands())
        .containsExactly(
            new Command.SampleBatch(0, 0, 0, 100),
            new Command.SampleBatch(0, 1, 100, 100),
            new Command.SampleBatch(0, 2, 200, 100));
    Transition second = RunPlan.next(SETTINGS, first.state(), new Event.BatchStored(0, 1));
    assertThat(second.commands()).containsExactly(new Command.SampleBatch(0, 3, 300, 100));
  }

  @Test
  void asksOnlyForBatchesTheJournalLacks() {
    Transition opened = RunPlan.start(SETTINGS, 1);
    Set<Integer> allButTheLast = Set.copyOf(IntStream.range(0, 10).boxed().toList());
    Transition resumed =
        RunPlan.next(SETTINGS, opened.state(), new Event.StepOpened(1, allButTheLast));
    assertThat(resumed.commands()).containsExactly(new Command.SampleBatch(1, 10, 1000, 50));
  }

  @Test
  void ignoresWhatComesTwiceOrTooLate() {
    Transition opened = RunPlan.start(SETTINGS, 0);
    Transition first = RunPlan.next(SETTINGS, opened.state(), new Event.StepOpened(0, Set.of()));
    Transition second = RunPlan.next(SETTINGS, first.state(), new Event.BatchStored(0, 1));
    for (Event late :
        List.of(
            new Event.BatchStored(0, 1),
            new Event.BatchStored(7, 2),
            new Event.SliceFitted(0, 3),
            new Event.Solved(0))) {
      Transition unchanged = RunPlan.next(SETTINGS, second.state(), late);
      assertThat(unchanged.state()).isEqualTo(second.state());
      assertThat(unchanged.commands()).isEmpty();
    }
  }

  @Test
  void endsAtOnceWhenAskedToStopOrWhenSomethingFailed() {
    Transition opened = RunPlan.start(SETTINGS, 0);
    assertThat(RunPlan.next(SETTINGS, opened.state(), new Event.StopRequested()).state())
        .isEqualTo(new State.Ended(Outcome.STOPPED, "asked to stop"));
    Transition failed = RunPlan.next(SETTINGS, opened.state(), new Event.Failure("no disk"));
    assertThat(failed.commands()).containsExactly(new Command.End(Outcome.FAILED, "no disk"));
    assertThat(RunPlan.next(SETTINGS, failed.state(), new Event.StepOpened(0, Set.of())).commands())
        .isEmpty();
  }

  /** Whatever the order of answers, each step collects, solves, fits and records once, in order. */
  @Test
  void anyOrderOfAnswersGivesTheSameRun() {
    for (long seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      List<String> milestones = new ArrayList<>();
      List<Event> answers = new ArrayList<>();
      Transition transition = RunPlan.start(SETTINGS, 0);
      int rowsSampled = 0;
      Deque<Command> commands = new ArrayDeque<>(transition.commands());
      while (true) {
        while (!commands.isEmpty()) {
          Command command = commands.poll();
          if (command instanceof Command.SampleBatch batch) {
            rowsSampled += batch.rows();
          } else if (!(command instanceof Command.FitSlice)) {
            milestones.add(command.toString());
          }
          answers.addAll(answer(command, random));
        }
        if (transition.state() instanceof State.Ended) {
          break;
        }
        Collections.shuffle(answers, random);
        transition = RunPlan.next(SETTINGS, transition.state(), answers.remove(answers.size() - 1));
        commands.addAll(transition.commands());
      }
      assertThat(rowsSampled).as("seed %d", seed).isEqualTo(2 * 1050 + 300);
      assertThat(milestones)
          .as("seed %d", seed)
          .containsExactly(
              "OpenStep[step=0, batches=11]",
              "Solve[step=0]",
              "RecordStep[step=0]",
              "OpenStep[step=1, batches=11]",
              "Solve[step=1]",
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
      return List.of(new Event.Solved(solve.step()));
    }
    if (command instanceof Command.FitSlice slice) {
      int done = Math.min(slice.total(), slice.done() + 1 + random.nextInt(3));
      return List.of(new Event.SliceFitted(slice.step(), done));
    }
    if (command instanceof Command.RecordStep recorded) {
      return List.of(new Event.StepRecorded(recorded.step()));
    }
    return List.of();
  }
}
