package dev.cmt.actors.report;

import com.github.mustachejava.DefaultMustacheFactory;
import com.github.mustachejava.Mustache;
import dev.cmt.actors.report.figure.Figure;
import dev.cmt.actors.report.figure.Theme;
import dev.cmt.buffer.DirectoryTree;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Writes {@code report/index.html} and its figures from the files of a run directory. The report is
 * made beside the old one and takes its place by renaming, so that a reader finds a whole report or
 * none. Safe for use by many threads.
 */
public final class ReportWriter {
  private static final String TEMPLATE = "report.mustache";

  private ReportWriter() {}

  /**
   * Writes the report of a run, finished or not; without {@code evaluation.json} it shows the path
   * alone.
   *
   * @param runDirectory holds at least {@code run.json}
   * @return the page
   * @throws NoSuchFileException if the directory holds no run
   * @throws IOException if a file cannot be read, understood or written; an earlier report then
   *     stays as it was
   */
  public static Path write(Path runDirectory) throws IOException {
    RunSnapshot run = RunSnapshot.read(runDirectory);
    BundledReference known = BundledReference.of(run.system(), run.temperatureK());
    List<Figure> grids = run.evaluation().map(EvaluationFigures::grids).orElse(List.of());
    List<Figure> marginals = run.evaluation().map(EvaluationFigures::marginals).orElse(List.of());
    List<Figure> lines = run.evaluation().map(EvaluationFigures::lines).orElse(List.of());
    List<Figure> path = new ArrayList<>();
    List<Figure> cost = new ArrayList<>();
    if (!run.steps().isEmpty()) {
      PathFigures figures =
          new PathFigures(
              run.steps(),
              new PathFigures.Bounds(run.bound("eps_tr"), run.bound("eps_ent")),
              known.logZ());
      path.addAll(figures.path());
      cost.addAll(figures.cost());
    }
    Page page =
        new PageBuilder(run, known).build(grids, marginals, lines, path, cost, Instant.now());

    String suffix = UUID.randomUUID().toString();
    Path fresh = runDirectory.resolve(".report-new-" + suffix);
    try {
      Path figures = Files.createDirectories(fresh.resolve("figures"));
      for (List<Figure> group : List.of(grids, marginals, lines, path, cost)) {
        for (Figure figure : group) {
          for (Theme theme : Theme.values()) {
            Files.write(figures.resolve(figure.fileName(theme)), figure.png(theme));
          }
        }
      }
      Files.writeString(fresh.resolve("index.html"), html(page));
      replace(runDirectory.resolve("report"), fresh, runDirectory.resolve(".report-old-" + suffix));
    } finally {
      DirectoryTree.delete(fresh);
    }
    return runDirectory.resolve("report").resolve("index.html");
  }

  /** The page as HTML; every value is escaped. */
  static String html(Page page) {
    try (InputStream in = ReportWriter.class.getResourceAsStream(TEMPLATE)) {
      if (in == null) {
        throw new IllegalStateException(
            "The resource " + TEMPLATE + " is missing from this build.");
      }
      Reader reader = new InputStreamReader(in, StandardCharsets.UTF_8);
      Mustache template = new DefaultMustacheFactory().compile(reader, TEMPLATE);
      StringWriter out = new StringWriter();
      template.execute(out, page).flush();
      return out.toString();
    } catch (IOException e) {
      throw new IllegalStateException("Filling the template in memory failed.", e);
    }
  }

  private static void replace(Path report, Path fresh, Path old) throws IOException {
    boolean existed = Files.exists(report);
    if (existed) {
      Files.move(report, old, StandardCopyOption.ATOMIC_MOVE);
    }
    try {
      Files.move(fresh, report, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      if (existed) {
        Files.move(old, report, StandardCopyOption.ATOMIC_MOVE);
      }
      throw e;
    }
    DirectoryTree.delete(old);
  }
}
