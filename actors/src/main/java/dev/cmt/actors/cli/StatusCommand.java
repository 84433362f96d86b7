package dev.cmt.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cmt.actors.config.HostPort;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Asks a cluster's head how it is. */
@Command(
    name = "status",
    description = {
      "Says who works for a running cluster, how fast, and what went wrong.",
      "",
      "HOST:PORT is the head's cluster.http; /metrics there is for Prometheus, /alive and /ready for"
          + " supervisors.",
      ""
    },
    footer = {"  ./cmt status 127.0.0.1:8558", "  ./cmt status 127.0.0.1:8558 --json"})
final class StatusCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  @Parameters(
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:8558",
      description = "Where the head answers; default: ${DEFAULT-VALUE}.")
  private String address;

  @Option(names = "--json", description = "Print what the head said.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    HostPort head =
        HostPort.parse(address)
            .orElseThrow(
                () ->
                    new ParameterException(
                        spec.commandLine(), "%s must be HOST:PORT.".formatted(address)));
    String answer = ask(head);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.print(answer);
    } else {
      print(read(answer), out);
    }
    out.flush();
    return ExitCode.SUCCESS;
  }

  private static String ask(HostPort head) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://%s/status".formatted(head)))
            .timeout(PATIENCE)
            .build();
    try {
      HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw CommandException.failed(
            "%s answers with code %d; it is no head of a cluster."
                .formatted(head, response.statusCode()),
            null);
      }
      return response.body();
    } catch (IOException e) {
      throw CommandException.failed(
          "Nobody answers at %s (%s). Is it the head's cluster.http, and is the run under way?"
              .formatted(head, e),
          e);
    }
  }

  private static JsonNode read(String answer) {
    try {
      return new ObjectMapper().readTree(answer);
    } catch (IOException e) {
      throw CommandException.failed("What came is no status of a head.", e);
    }
  }

  private static void print(JsonNode status, PrintWriter out) {
    JsonNode run = status.path("run");
    int step = run.path("step").asInt();
    int steps = run.path("steps").asInt();
    // People count steps from 1, as the progress of a run does.
    out.printf(
        "run     %s: %s, %s, %d of %d samples, %d of %d gradient steps%n",
        run.path("id").asText(),
        run.path("stage").asText(),
        step < steps ? "step %d of %d".formatted(step + 1, steps) : "final evaluation",
        run.path("storedRows").asLong(),
        run.path("rows").asLong(),
        run.path("gradientStepsDone").asInt(),
        run.path("gradientSteps").asInt());
    if (run.has("latest")) {
      JsonNode latest = run.path("latest");
      out.printf(
          Locale.ROOT,
          "step %d  ESS of the target %.3f, entropy %.3f nats, log Z %.3f%n",
          latest.path("step").asInt() + 1,
          latest.path("essTarget").asDouble(),
          latest.path("entropy").asDouble(),
          latest.path("logZ").asDouble());
    }
    out.printf(
        "workers %d, batches: %d waiting, %d assigned, %d done, %d re-issued, %d late%n",
        status.path("workers").asInt(),
        status.path("waiting").asInt(),
        status.path("assigned").asInt(),
        status.path("batches").asLong(),
        status.path("reissued").asLong(),
        status.path("duplicates").asLong());
    for (JsonNode node : status.path("nodes")) {
      out.printf(
          Locale.ROOT,
          "node    %s at %s: %s, %,d evaluations, %.0f/s lately, %s in hand, %s%n",
          node.path("name").asText(),
          node.path("address").asText(),
          number(node.path("workers").asInt(), "worker", "workers"),
          node.path("figures").path("rows").asLong(),
          node.path("rowsPerSecond").asDouble(),
          number(node.path("outstanding").asInt(), "batch", "batches"),
          node.path("engine").asText());
    }
    for (JsonNode standby : status.path("standbys")) {
      out.printf(
          "standby %s at %s: could go on after step %d of %d%n",
          standby.path("name").asText(),
          standby.path("address").asText(),
          standby.path("completedSteps").asInt(),
          steps);
    }
    for (JsonNode refusal : status.path("refusals")) {
      out.printf(
          "refused %s: %s%n", refusal.path("name").asText(), refusal.path("reason").asText());
    }
  }

  private static String number(int count, String one, String many) {
    return count + " " + (count == 1 ? one : many);
  }
}
