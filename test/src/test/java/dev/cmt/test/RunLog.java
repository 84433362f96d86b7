package dev.cmt.test;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
      case "Fitting", "Fitted" -> stages.add(Stage.FIT);
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

  /** How many batches energy workers began to evaluate. */
  static long evaluations(List<String> lines) {
    return lines.stream().filter(line -> EVALUATING.matcher(line).find()).count();
  }

  private static Optional<String> find(Pattern pattern, String line, int group) {
    Matcher found = pattern.matcher(line);
    return found.find() ? Optional.of(found.group(group)) : Optional.empty();
  }

  private static String lastWord(String line) {
    return line.substring(line.lastIndexOf(' ') + 1);
  }
}
