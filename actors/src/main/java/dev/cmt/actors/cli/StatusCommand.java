package dev.cmt.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cmt.actors.cluster.MutualTls;
import dev.cmt.actors.config.HostPort;
import dev.cmt.actors.config.RunConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
          + " supervisors. A head with certificates (cluster.tls) asks for one.",
      ""
    },
    footer = {
      "  ./cmt status 127.0.0.1:8558",
      "  ./cmt status 127.0.0.1:8558 --json",
      "  ./cmt status 10.0.0.1:8558 -o cluster.tls.key=tls/node.key"
          + " -o cluster.tls.certificate=tls/node.pem -o cluster.tls.ca=tls/ca.pem"
    })
final class StatusCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  @Parameters(
      paramLabel = "HOST:PORT",
      arity = "0..1",
      description = "Where the head answers; default: cluster.http, 127.0.0.1:8558 unless set.")
  private String address;

  @Option(names = "--json", description = "Print what the head said.")
  private boolean json;

  @Mixin private ClusterArgument section;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    RunConfig.Cluster cluster = section.load();
    String answer = ask(head(cluster), cluster.tls());
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.print(answer);
    } else {
      print(read(answer), out);
    }
    out.flush();
    return ExitCode.SUCCESS;
  }

  private HostPort head(RunConfig.Cluster cluster) {
    if (address == null) {
      return cluster
          .http()
          .orElseThrow(
              () ->
                  new ParameterException(
                      spec.commandLine(), "cluster.http is \"\": such a head answers nowhere."));
    }
    return HostPort.parse(address)
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(), "%s must be HOST:PORT.".formatted(address)));
  }

  private static String ask(HostPort head, Optional<RunConfig.Tls> tls)
      throws InterruptedException {
    String scheme = tls.isPresent() ? "https" : "http";
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("%s://%s/status".formatted(scheme, head)))
            .timeout(PATIENCE)
            .build();
    try {
      HttpResponse<String> response =
          client(tls).send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw CommandException.failed(
            "%s answers with code %d; it is no head of a cluster."
                .formatted(head, response.statusCode()),
            null);
      }
      return response.body();
    } catch (ConnectException | HttpTimeoutException e) {
      throw CommandException.failed(
          "Nobody answers at %s (%s). Is it the head's cluster.http, and is the run under way?"
              .formatted(head, e),
          e);
    } catch (IOException e) {
      // A certificate that is turned away shows as whatever the connection was at: an alert, a
      // reset, an end.
      throw CommandException.failed(
          tls.isPresent()
              ? "%s does not agree on a connection with certificates (%s). Its own or this one may be of another authority or name, or out of date; or the head has no cluster.tls."
                  .formatted(head, e.getMessage())
              : "%s is there and does not answer (%s). A head with certificates answers who shows one: -o cluster.tls.…"
                  .formatted(head, e.getMessage()),
          e);
    }
  }

  private static HttpClient client(Optional<RunConfig.Tls> tls) throws IOException {
    HttpClient.Builder client = HttpClient.newBuilder().connectTimeout(PATIENCE);
    if (tls.isPresent()) {
      try {
        client.sslContext(MutualTls.context(tls.get()));
      } catch (GeneralSecurityException e) {
        throw CommandException.failed(
            "The files of cluster.tls cannot be used: %s".formatted(e.getMessage()), e);
      }
    }
    return client.build();
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
