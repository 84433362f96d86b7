package dev.cmt.actors.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cmt.actors.config.ConfiguredTarget;
import dev.cmt.actors.config.FlowArchitectures;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.energy.Channel;
import dev.cmt.energy.Target;
import dev.cmt.flow.coupling.FlowLayout;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says what a config means and needs, without running anything. */
@Command(
    name = "describe",
    description = {
      "Shows what a config means and needs; runs nothing.",
      "",
      "Prints the resolved config, dimension and parameters of the flow, target evaluations, and an"
          + " estimate of the memory and disk a run will take.",
      ""
    },
    footer = {
      "  ./cmt describe config/paper/alanine-dipeptide.conf",
      "  ./cmt describe config/gmm40.conf -o annealing.steps=50 --json"
    })
final class DescribeCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Mixin private ConfigArgument config;

  @Option(names = "--json", description = "Print JSON instead of text.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws JsonProcessingException {
    RunConfig run = config.load();
    Target target = ConfiguredTarget.create(run);
    FlowLayout layout = new FlowLayout(FlowArchitectures.architecture(target, run.flow()));
    RunEstimate estimate = RunEstimate.of(run, layout);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(asJson(run, target, layout, estimate));
    } else {
      print(out, run, target, layout, estimate);
    }
    return ExitCode.SUCCESS;
  }

  private static String asJson(
      RunConfig run, Target target, FlowLayout layout, RunEstimate estimate)
      throws JsonProcessingException {
    ObjectNode node = JSON.createObjectNode();
    node.set("config", JSON.readTree(run.resolvedJson()));
    node.put("config_hash", run.hash());
    node.put("flow_dimension", target.dimension());
    node.put("parameter_count", layout.parameterCount());
    node.put("steps", run.annealing().steps());
    node.put("gradient_steps", run.totalGradientSteps());
    node.put("target_evals", run.targetEvaluations());
    node.put("memory_bytes", estimate.memoryBytes());
    node.put("disk_bytes", estimate.diskBytes());
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node);
  }

  private void print(
      PrintWriter out, RunConfig run, Target target, FlowLayout layout, RunEstimate estimate)
      throws JsonProcessingException {
    out.println(config.file());
    line(out, "flow_dimension", "%d (%s)".formatted(target.dimension(), channels(target)));
    line(out, "parameter_count", layout.parameterCount());
    line(out, "steps", run.annealing().steps());
    line(out, "gradient_steps", run.totalGradientSteps());
    line(out, "target_evals", run.targetEvaluations());
    line(out, "memory", "about " + size(estimate.memoryBytes()));
    line(out, "disk", "about " + size(estimate.diskBytes()));
    out.println();
    out.println("Resolved config:");
    JSON.readTree(run.resolvedJson())
        .properties()
        .forEach(
            section -> {
              if (section.getValue().isObject()) {
                out.printf("  %s {%n", section.getKey());
                section
                    .getValue()
                    .properties()
                    .forEach(key -> out.printf("    %s = %s%n", key.getKey(), key.getValue()));
                out.println("  }");
              } else {
                out.printf("  %s = %s%n", section.getKey(), section.getValue());
              }
            });
  }

  private static void line(PrintWriter out, String name, Object value) {
    out.printf("  %-16s %s%n", name, value);
  }

  private static String channels(Target target) {
    return target.channels().stream()
        .filter(channel -> channel.size() > 0)
        .map(DescribeCommand::channel)
        .collect(Collectors.joining(", "));
  }

  private static String channel(Channel channel) {
    return "%d %s".formatted(channel.size(), channel.name());
  }

  /** Bytes for people. */
  static String size(long bytes) {
    return bytes >= 1L << 30
        ? String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30))
        : String.format(Locale.ROOT, "%d MiB", Math.max(1, bytes >> 20));
  }
}
