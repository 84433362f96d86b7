package dev.cmt.test;

import dev.cmt.buffer.CheckpointStore;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code run.log} at its most talkative tells of a run: its stages and its evaluations. */
final class RunLog {
  /** What a process was doing when it died. */
  enum Stage {
    START_UP,
    ROLL_OVER,
    SAMPLING,
    ENERGIES,
    DUAL,
    FIT,
    CHECKPOINT,
    CLOSING
  }

  private static final Pattern EVALUATING =
      Pattern.compile("Evaluating (batch \\d+ of step \\d+)$");
  private static final Pattern STORED = Pattern.compile("Stored (batch \\d+ of step \\d+)$");
  private static final Pattern HOLDS =
      Pattern.compile("Step (\\d+) is open and holds batches \\[([0-9, ]*)]$");
  private static final Pattern NUMBER = Pattern.compile("\\d+");
  private static final Pattern STAGE = Pattern.compile("Stage: (\\w+)$");

  private static final Pattern GOES_ON =
      Pattern.compile(
          "(\\d+) of \\d+ steps complete, .*; (?:begins|goes on (?:at gradient step (\\d+) )?)");
  private static final Pattern FITTED =
      Pattern.compile("Fitted (\\d+) of \\d+ gradient steps of step (\\d+)$");
  private static final Pattern SAVING =
      Pattern.compile("Saving the fit of step (\\d+) at gradient step (\\d+)$");

  private RunLog() {}

  /** The complete lines from a position on. */
  static List<String> lines(Path log, long from) throws IOException {
    if (!Files.exists(log)) {
      return List.of();
    }
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      byte[] rest = new byte[(int) Math.max(0, file.length() - from)];
      file.seek(from);
      file.readFully(rest);
      String text = new String(rest, StandardCharsets.UTF_8);
      return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    }
  }

  static long length(Path log) throws IOException {
    return Files.exists(log) ? Files.size(log) : 0;
  }

  /**
   * What a process was doing when it died; several things at once, as where a checkpoint is written
   * while the next step is sampled.
   *
   * @param lines all that it logged
   */
  static Set<Stage> stagesAtTheEnd(List<String> lines) {
    String stage = "";
    boolean opening = false;
    Set<String> writing = new HashSet<>();
    Set<String> evaluating = new HashSet<>();
    for (String line : lines) {
      stage = find(STAGE, line, 1).orElse(stage);
      if (line.contains("Opening step ")) {
        opening = true;
      } else if (HOLDS.matcher(line).find()) {
        opening = false;
      } else if (line.contains(" Writing step-")) {
        writing.add(lastWord(line));
      } else if (line.contains(" Journal names step-")) {
        writing.remove(lastWord(line));
      }
      find(EVALUATING, line, 1).ifPresent(evaluating::add);
      find(STORED, line, 1).ifPresent(evaluating::remove);
    }
    Set<Stage> stages = EnumSet.noneOf(Stage.class);
    if (opening) {
      stages.add(Stage.ROLL_OVER);
    }
    if (!writing.isEmpty()) {
      stages.add(Stage.CHECKPOINT);
    }
    switch (stage) {
      case "Opening" -> stages.add(Stage.ROLL_OVER);
      case "Collecting" -> stages.add(evaluating.isEmpty() ? Stage.SAMPLING : Stage.ENERGIES);
      case "Solving" -> stages.add(Stage.DUAL);
      case "Fitting", "Held", "Fitted" -> stages.add(Stage.FIT);
      case "Exporting", "Resting" -> stages.add(Stage.CHECKPOINT);
      case "Ended" -> stages.add(Stage.CLOSING);
      default -> stages.add(Stage.START_UP);
    }
    return stages;
  }

  /**
   * Batches that went to an energy worker although the journal was known to hold them: it had
   * acknowledged them, or an opened queue had them.
   *
   * @param lines the whole log of a run, all of its processes
   */
  static List<String> evaluatedTwice(List<String> lines) {
    Set<String> held = new HashSet<>();
    List<String> twice = new ArrayList<>();
    for (String line : lines) {
      find(STORED, line, 1).ifPresent(held::add);
      Matcher opened = HOLDS.matcher(line);
      if (opened.find()) {
        NUMBER
            .matcher(opened.group(2))
            .results()
            .forEach(
                batch -> held.add("batch %s of step %s".formatted(batch.group(), opened.group(1))));
      }
      find(EVALUATING, line, 1).filter(held::contains).ifPresent(twice::add);
    }
    return twice;
  }

  /**
   * What a run had to do again because a process of it ended.
   *
   * @param repeatedSteps gradient steps, of slices that were finished
   * @param unsavedSteps those of them that were done before the writing began of the oldest
   *     checkpoint that was not finished: the others were done while it was being written
   * @param forgottenSteps gradient steps whose checkpoint the journal had named, and that were done
   *     again nonetheless
   * @param longestSlice gradient steps of the process's longest slice
   * @param repeatedBatches batches that the process had begun to evaluate and another did again
   */
  record Loss(
      long repeatedSteps,
      long unsavedSteps,
      long forgottenSteps,
      long longestSlice,
      long repeatedBatches) {}

  /**
   * What each process but the last cost the next.
   *
   * @param lines the whole log of a run, all of its processes
   * @param gradientSteps of one annealing step
   */
  static List<Loss> losses(List<String> lines, int gradientSteps) {
    List<Fits> processes = new ArrayList<>();
    List<Integer> batches = new ArrayList<>();
    Map<String, Integer> evaluatedBy = new HashMap<>();
    for (String line : lines) {
      Matcher start = GOES_ON.matcher(line);
      if (start.find()) {
        processes.add(new Fits(ordinal(start.group(1), start.group(2), gradientSteps)));
        batches.add(0);
      } else if (!processes.isEmpty()) {
        int process = processes.size() - 1;
        processes.get(process).read(line, gradientSteps);
        find(EVALUATING, line, 1)
            .map(batch -> evaluatedBy.put(batch, process))
            .filter(earlier -> earlier < process)
            .ifPresent(earlier -> batches.set(earlier, batches.get(earlier) + 1));
      }
    }
    List<Loss> losses = new ArrayList<>();
    for (int i = 0; i + 1 < processes.size(); i++) {
      Fits fits = processes.get(i);
      long next = processes.get(i + 1).start;
      long safe = fits.saving.isEmpty() ? fits.reached : fits.saving.firstEntry().getValue();
      losses.add(
          new Loss(
              Math.max(0, fits.reached - next),
              Math.max(0, safe - next),
              Math.max(0, fits.named - next),
              fits.longestSlice,
              batches.get(i)));
    }
    return losses;
  }

  /** The fits of one process; gradient steps are counted over the whole run. */
  private static final class Fits {
    private final long start;

    /** Checkpoints that the journal does not name yet, and what they hold; names sort by age. */
    private final TreeMap<String, Long> saving = new TreeMap<>();

    private long named;
    private long reached;
    private long longestSlice;

    Fits(long start) {
      this.start = start;
      this.reached = start;
    }

    void read(String line, int gradientSteps) {
      Matcher fitted = FITTED.matcher(line);
      Matcher asked = SAVING.matcher(line);
      if (fitted.find()) {
        long before = reached;
        reached = ordinal(fitted.group(2), fitted.group(1), gradientSteps);
        longestSlice = Math.max(longestSlice, reached - before);
      } else if (asked.find()) {
        int step = Integer.parseInt(asked.group(1));
        int done = Integer.parseInt(asked.group(2));
        saving.put(
            CheckpointStore.fitName(step, done),
            ordinal(asked.group(1), asked.group(2), gradientSteps));
      } else if (line.endsWith("Stage: Exporting")) {
        saving.put(CheckpointStore.name((int) (reached / gradientSteps) - 1), reached);
      } else if (line.contains(" Journal names step-")) {
        long done = saving.getOrDefault(lastWord(line), -1L);
        named = Math.max(named, done);
        saving.values().removeIf(other -> other <= done);
      }
    }
  }

  private static long ordinal(String step, String done, int gradientSteps) {
    return Long.parseLong(step) * gradientSteps + (done == null ? 0 : Long.parseLong(done));
  }

  /**
   * Batches that the journal acknowledged more than once, whoever evaluated them.
   *
   * @param lines the whole log of a run, all of its processes
   */
  static List<String> storedTwice(List<String> lines) {
    Set<String> stored = new HashSet<>();
    return lines.stream()
        .flatMap(line -> find(STORED, line, 1).stream())
        .filter(batch -> !stored.add(batch))
        .toList();
  }

  private static Optional<String> find(Pattern pattern, String line, int group) {
    Matcher found = pattern.matcher(line);
    return found.find() ? Optional.of(found.group(group)) : Optional.empty();
  }

  private static String lastWord(String line) {
    return line.substring(line.lastIndexOf(' ') + 1);
  }
}
