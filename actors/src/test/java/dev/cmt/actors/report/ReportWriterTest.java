package dev.cmt.actors.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cmt.actors.report.figure.Figure;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportWriterTest {
  private static final Pattern FILE = Pattern.compile("(?:src|srcset)=\"([^\"]+)\"");

  private static final Pattern SIZED =
      Pattern.compile("<img src=\"([^\"]+)\" width=\"(\\d+)\" height=\"(\\d+)\"");

  @TempDir private Path run;

  @Test
  void aFinishedRunHasFiguresTablesAndProvenance() throws IOException {
    Fixtures.writeRun(run, Fixtures.steps(12), true);
    Path page = ReportWriter.write(run);
    assertThat(page).isEqualTo(run.resolve("report/index.html"));
    String html = Files.readString(page);
    assertThat(html)
        .contains("Ramachandran ALA2", "106 ns of replica exchange", "Basin φ &gt; 0")
        .contains("880\u2009000", "9 min 24 s", "abc123", "seed 7", "annealing.eps_ent")
        .contains("finished", "All 12 steps")
        .doesNotContain("has not finished");

    List<String> files = find(FILE, html);
    assertThat(files)
        .contains("figures/ramachandran-ala2.png", "figures/ramachandran-ala2-dark.png")
        .contains("figures/path.png", "figures/ess.png", "figures/entropy.png", "figures/log-z.png")
        .contains("figures/multipliers.png", "figures/log-weight.png", "figures/energy.png")
        .contains("figures/seconds.png", "figures/failed-rows.png", "figures/fit.png")
        .contains("figures/torsions.png");
    for (String file : files) {
      assertThat(page.resolveSibling(file)).as("relative link").isRegularFile();
    }
    Matcher sized = SIZED.matcher(html);
    int images = 0;
    while (sized.find()) {
      BufferedImage image = ImageIO.read(page.resolveSibling(sized.group(1)).toFile());
      assertThat(image.getWidth()).isEqualTo(Figure.SCALE * Integer.parseInt(sized.group(2)));
      assertThat(image.getHeight()).isEqualTo(Figure.SCALE * Integer.parseInt(sized.group(3)));
      images++;
    }
    assertThat(images).isEqualTo(files.size() / 2);
  }

  @Test
  void textFromOutsideIsEscapedAndNothingIsFetched() throws IOException {
    Fixtures.writeRun(run, List.of(), true);
    String html = Files.readString(ReportWriter.write(run));
    assertThat(html)
        .contains("&lt;script&gt;alert")
        .contains("17 &amp; more")
        .doesNotContain("<script")
        .doesNotContain("http:", "https:", "src=\"//", "@import", "url(");
  }

  @Test
  void whereThereIsNothingToShowASentenceSaysSo() throws IOException {
    List<String> steps =
        Fixtures.steps(4).stream()
            .map(
                line ->
                    line.replaceAll("\"failed_rows\":\\d+", "\"failed_rows\":0")
                        .replaceAll("\"(lambda|eta)\":\\d+", "\"$1\":0"))
            .toList();
    Fixtures.writeRun(run, steps, false);
    String html = Files.readString(ReportWriter.write(run));
    assertThat(html)
        .contains("no rows failed", "Lagrange multipliers were zero", "figures/seconds.png")
        .doesNotContain("failed-rows.png", "multipliers.png");
  }

  @Test
  void anUnfinishedRunShowsItsPathSoFar() throws IOException {
    Fixtures.writeRun(run, Fixtures.steps(5), false);
    Files.writeString(run.resolve("steps.jsonl"), "{\"step\": 5, \"lam", StandardOpenOption.APPEND);
    String html = Files.readString(ReportWriter.write(run));
    assertThat(html).contains("unfinished", "has not finished", "All 5 steps", "figures/path.png");
    assertThat(html).doesNotContain("What the flow samples");
  }

  @Test
  void whatStepsWarnedOfIsSaidOnThePage() throws IOException {
    List<String> steps = new ArrayList<>(Fixtures.steps(8));
    for (int step = 2; step < 7; step++) {
      steps.set(
          step,
          steps.get(step).replaceFirst("\\{", "{\"warnings\":[\"a mode goes in " + step + "\"],"));
    }
    Fixtures.writeRun(run, steps, false);

    assertThat(Files.readString(ReportWriter.write(run)))
        .contains("2 earlier steps gave warnings", "Step 4: a mode goes in 4", "a mode goes in 6")
        .doesNotContain("a mode goes in 3");
  }

  @Test
  void aRunWithoutAStepHasAPageWithoutFigures() throws IOException {
    Fixtures.writeRun(run, List.of(), false);
    Files.delete(run.resolve("steps.jsonl"));
    String html = Files.readString(ReportWriter.write(run));
    assertThat(html).contains("alanine-dipeptide", "unfinished").doesNotContain("<img");
  }

  @Test
  void aRepeatedStepCountsOnce() throws IOException {
    Fixtures.writeRun(run, Fixtures.steps(3), false);
    String line = Files.readAllLines(run.resolve("steps.jsonl")).get(2);
    Files.writeString(
        run.resolve("steps.jsonl"),
        line.replace("\"target_evals\":3000", "\"target_evals\":3333") + "\n",
        StandardOpenOption.APPEND);
    RunSnapshot snapshot = RunSnapshot.read(run);
    assertThat(snapshot.steps()).hasSize(3);
    assertThat(snapshot.steps().get(2).targetEvals()).isEqualTo(3333);
    assertThat(snapshot.bound("eps_tr")).isEqualTo(0.3);
    assertThat(snapshot.bound("eps_ent")).isInfinite();
    assertThat(snapshot.bound("no_such_key")).isNaN();
  }

  @Test
  void aNewReportTakesThePlaceOfTheOldOneWhole() throws IOException {
    Fixtures.writeRun(run, List.of(), false);
    Files.createDirectories(run.resolve("report"));
    Files.writeString(run.resolve("report/stale.txt"), "old");
    ReportWriter.write(run);
    assertThat(run.resolve("report/stale.txt")).doesNotExist();
    assertThat(entries()).containsExactlyInAnyOrder("report", "run.json", "steps.jsonl");
  }

  @Test
  void aFailureLeavesTheOldReportAndNothingElse() throws IOException {
    Fixtures.writeRun(run, List.of(), false);
    String before = Files.readString(ReportWriter.write(run));
    Files.writeString(run.resolve("steps.jsonl"), "no json\n");
    assertThatThrownBy(() -> ReportWriter.write(run))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Line 1 of")
        .hasMessageContaining("steps.jsonl");
    assertThat(run.resolve("report/index.html")).hasContent(before);
    assertThat(entries()).containsExactlyInAnyOrder("report", "run.json", "steps.jsonl");
  }

  @Test
  void aDirectoryWithoutARunIsRefused() {
    assertThatThrownBy(() -> ReportWriter.write(run))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("run.json")
        .hasMessageContaining("holds no run");
  }

  private List<String> entries() throws IOException {
    try (Stream<Path> files = Files.list(run)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private static List<String> find(Pattern pattern, String text) {
    List<String> found = new ArrayList<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }
}
