package dev.cmt.actors.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cmt.actors.audit.DualFigures;
import dev.cmt.actors.audit.ReplaySettings;
import dev.cmt.actors.audit.RunReplay;
import dev.cmt.flow.annealing.EntropyBound;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Computes a run's annealing again from the log-densities it kept. */
@Command(
    name = "replay",
    description = {
      "Solves the annealing steps of a run again, without an energy.",
      "",
      "From the log-densities that the run kept (buffer.keep, buffer.ledger) come λ, η, KL, entropy,"
          + " ESS and log Z of each step; under the run's own settings they must be those of"
          + " steps.jsonl to 1e-12, or the command ends with 1. With other settings a second table"
          + " shows what each step would have been, from the flow that it began with. The effective"
          + " sample size of the target tells how far a result at another temperature can be trusted.",
      ""
    },
    footer = {
      "  ./cmt replay runs/gmm40",
      "  ./cmt replay runs/alanine-dipeptide --eps-tr 0.5 --eps-ent inf",
      "  ./cmt replay runs/alanine-dipeptide --temperature 310 --json"
    })
final class ReplayCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Parameters(paramLabel = "DIR", description = "The run directory.")
  private Path directory;

  @Option(
      names = "--eps-tr",
      paramLabel = "X",
      description = "Other trust region of each step: KL in nats, above 0, or inf.")
  private String epsTr;

  @Option(
      names = "--eps-ent",
      paramLabel = "Y",
      description = "Other bound on the loss of entropy in each step: nats, above 0, or inf.")
  private String epsEnt;

  @Option(
      names = "--temperature",
      paramLabel = "K",
      description =
          "Other temperature of a molecule in K, close by the run's: from half to twice of it.")
  private Double temperature;

  @Option(names = "--json", description = "Print JSON instead of tables.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    RunReplay replay;
    try {
      replay =
          RunReplay.of(
              directory,
              (run, own) ->
                  own.withBounds(bound("--eps-tr", epsTr), bound("--eps-ent", epsEnt))
                      .withTemperature(temperature, run.target()));
    } catch (IllegalArgumentException e) {
      throw CommandException.wrongUse(e.getMessage(), e);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(asJson(replay));
    } else {
      print(out, replay);
    }
    out.flush();
    return replay.agrees() ? ExitCode.SUCCESS : ExitCode.FAILED;
  }

  private static Double bound(String option, String text) {
    if (text == null || text.equalsIgnoreCase("inf")) {
      return text == null ? null : Double.POSITIVE_INFINITY;
    }
    try {
      return Double.valueOf(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "The bound (%s %s) must be a number of nats above 0, or inf.".formatted(option, text), e);
    }
  }

  private void print(PrintWriter out, RunReplay replay) {
    if (!replay.steps().isEmpty()) {
      out.println("As the run was: " + words(replay.own()));
      header(out, "from      differs");
      for (RunReplay.Step step : replay.steps()) {
        line(
            out,
            step.step(),
            step.replayed(),
            String.format(Locale.ROOT, "%-8s  %.0e", step.source(), step.difference()));
      }
      out.println();
    }
    if (replay.comparesSettings() && !replay.steps().isEmpty()) {
      out.println("As it would have been: " + words(replay.other()));
      header(out, "");
      replay.steps().forEach(step -> line(out, step.step(), step.other(), ""));
      out.println(
          "Each step from the flow that it began with; those after it would have begun elsewhere.");
      out.println();
    }
    evaluation(out, replay);
    if (!replay.missing().isEmpty()) {
      out.printf(
          "Nothing is kept of %d of %d steps (%s). buffer.ledger = true keeps 16 bytes of each of"
              + " their rows, buffer.keep = all everything.%n",
          replay.missing().size(),
          replay.missing().size() + replay.steps().size(),
          replay.missing().size() == 1
              ? replay.missing().get(0)
              : replay.missing().get(0)
                  + " … "
                  + replay.missing().get(replay.missing().size() - 1));
    }
    out.println(verdict(replay));
  }

  private static void evaluation(PrintWriter out, RunReplay replay) {
    RunReplay.Target found = replay.evaluation();
    if (found == null) {
      return;
    }
    out.printf(
        Locale.ROOT,
        "Final evaluation: %d samples, ESS %.4f, log Z %.6f%n",
        found.rows(),
        found.ess(),
        found.logZ());
    if (replay.other().temperatureK() != replay.own().temperatureK()) {
      out.printf(
          Locale.ROOT,
          "  reweighted to %s K: ESS %.4f (%.0f effective samples, %+.1f %%), log Z %.6f%n",
          replay.other().temperatureK(),
          found.otherEss(),
          found.otherEss() * found.rows(),
          100 * (found.otherEss() / found.ess() - 1),
          found.otherLogZ());
    }
  }

  private static String verdict(RunReplay replay) {
    if (replay.steps().isEmpty()) {
      return "No step could be compared with steps.jsonl.";
    }
    long differing =
        replay.steps().stream().filter(step -> step.difference() > RunReplay.TOLERANCE).count();
    double worst =
        replay.steps().stream().mapToDouble(RunReplay.Step::difference).max().orElseThrow();
    return differing == 0
        ? String.format(
            Locale.ROOT,
            "%d steps agree with steps.jsonl to %.0e (at most %.0e).",
            replay.steps().size(),
            RunReplay.TOLERANCE,
            worst)
        : String.format(
            Locale.ROOT,
            "DIFFERENT: %d of %d steps differ from steps.jsonl by more than %.0e (up to %.1e); ./cmt"
                + " verify tells whether files are damaged.",
            differing,
            replay.steps().size(),
            RunReplay.TOLERANCE,
            worst);
  }

  private static String words(ReplaySettings settings) {
    return "ε_tr = %s, ε_ent = %s, %s K"
        .formatted(
            word(settings.bounds().trustRegion()), entropyWord(settings), settings.temperatureK());
  }

  private static String entropyWord(ReplaySettings settings) {
    return settings.bounds().entropy() instanceof EntropyBound.Constant constant
        ? word(constant.nats())
        : "auto";
  }

  private static String word(double bound) {
    return Double.isInfinite(bound) ? "inf" : Double.toString(bound);
  }

  private static void header(PrintWriter out, String last) {
    out.printf(
        "%5s %10s %10s %7s %7s %9s %9s %9s %9s %13s  %s%n",
        "step", "λ", "η", "β", "α", "KL", "ΔH", "ESS step", "ESS", "log Z", last);
  }

  private static void line(PrintWriter out, int step, DualFigures figures, String last) {
    out.printf(
        Locale.ROOT,
        "%5d %10.4g %10.4g %7.4f %7.4f %9.4f %9.4f %9.4f %9.4f %13.4f  %s%s%n",
        step,
        figures.lambda(),
        figures.eta(),
        figures.beta(),
        figures.alpha(),
        figures.kl(),
        figures.entropyDrop(),
        figures.essStep(),
        figures.essTarget(),
        figures.logZ(),
        last,
        figures.converged() ? "" : " not converged");
  }

  private static String asJson(RunReplay replay) throws JsonProcessingException {
    ObjectNode node = JSON.createObjectNode();
    settings(node.putObject("own"), replay.own());
    settings(node.putObject("other"), replay.other());
    node.put("tolerance", RunReplay.TOLERANCE);
    node.put("agrees", replay.agrees());
    node.set("steps", JSON.valueToTree(replay.steps()));
    node.set("missing", JSON.valueToTree(replay.missing()));
    node.set("evaluation", JSON.valueToTree(replay.evaluation()));
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node);
  }

  private static void settings(ObjectNode node, ReplaySettings settings) {
    node.put("eps_tr", word(settings.bounds().trustRegion()));
    node.put("eps_ent", entropyWord(settings));
    node.put("temperature_k", settings.temperatureK());
  }
}
