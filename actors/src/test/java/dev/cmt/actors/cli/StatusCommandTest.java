package dev.cmt.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cmt.actors.cluster.HeadStatus;
import dev.cmt.actors.cluster.JvmFigures;
import dev.cmt.actors.cluster.NodeFigures;
import dev.cmt.actors.cluster.NodeRegistry;
import dev.cmt.actors.cluster.RunProgress;
import dev.cmt.actors.cluster.StatusServer;
import dev.cmt.actors.config.HostPort;
import dev.cmt.actors.config.TestCertificates;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command against a server with figures that a test makes up. */
class StatusCommandTest {
  private static final ActorTestKit SYSTEM = ActorTestKit.create();
  private static final HostPort HERE = new HostPort("127.0.0.1", 0);
  private static final NodeRegistry.Node NODE =
      new NodeRegistry.Node(
          "process 7 on n1",
          "10.0.0.2:41000",
          16,
          "kernel (avx2)",
          32,
          1234.5,
          new NodeFigures(100, 10, 0, 1.5, 1, 2, 0.25));

  private final AtomicReference<HeadStatus> status = new AtomicReference<>(with(List.of()));
  private StatusServer server;

  private static HeadStatus with(List<NodeRegistry.Node> nodes) {
    return new HeadStatus(
        nodes.size(),
        3,
        4,
        50,
        50_000,
        6,
        7,
        8,
        9,
        10,
        new JvmFigures(11, 12, 0.5),
        new RunProgress(
            "0123456789abcdef",
            "fitting",
            2,
            6,
            4000,
            4000,
            95,
            200,
            12_000,
            new RunProgress.Step(1, 0.6, 0.125, -8.5, 0.5, 0.25, -1e-9, 1, 0.5, -0.75, 0)),
        nodes,
        List.of(new NodeRegistry.Standby("process 8 on n3", "10.0.0.3:25520", 2)),
        List.of(new NodeRegistry.Refusal("process 9 on n2", "its build is another")));
  }

  @BeforeEach
  void start() {
    server = StatusServer.start(SYSTEM.system(), HERE, Optional.empty(), status::get);
  }

  @AfterAll
  static void end() {
    SYSTEM.shutdownTestKit();
  }

  private HttpResponse<String> get(String path) throws Exception {
    URI uri = URI.create("http://%s%s".formatted(server.address(), path));
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void saysWhoWorksAndWhoWasTurnedAway() {
    status.set(with(List.of(NODE)));
    Cli said = Cli.run("status", server.address());
    assertThat(said.code()).as(said.err()).isEqualTo(ExitCode.SUCCESS);
    assertThat(said.out())
        .contains("run     0123456789abcdef: fitting, step 3 of 6, 4000 of 4000 samples, 95 of 200")
        .contains("step 2  ESS of the target 0.125, entropy -8.500 nats")
        .contains("3 waiting, 4 assigned, 50 done, 6 re-issued, 7 late")
        .contains(
            "process 7 on n1 at 10.0.0.2:41000: 16 workers, 100 evaluations, 1235/s lately, 32 batches in hand")
        .contains("standby process 8 on n3 at 10.0.0.3:25520: could go on after step 2 of 6")
        .contains("refused process 9 on n2: its build is another");
  }

  @Test
  void theSameAsJson() throws Exception {
    status.set(with(List.of(NODE)));
    JsonNode json =
        new ObjectMapper().readTree(Cli.run("status", server.address(), "--json").out());
    assertThat(json.at("/nodes/0/figures/rows").asLong()).isEqualTo(100);
    assertThat(json.at("/batches").asLong()).isEqualTo(50);
  }

  @Test
  void aHeadIsReadyOnceSomebodyCanEvaluate() throws Exception {
    assertThat(get("/alive").statusCode()).isEqualTo(200);
    assertThat(get("/ready").statusCode()).isEqualTo(503);
    status.set(with(List.of(NODE)));
    assertThat(get("/ready").statusCode()).isEqualTo(200);
  }

  @Test
  void metricsAreLinesOfNameAndNumber() throws Exception {
    status.set(with(List.of(NODE)));
    HttpResponse<String> metrics = get("/metrics");
    assertThat(metrics.headers().firstValue("Content-Type"))
        .hasValueSatisfying(
            type ->
                assertThat(type).isEqualToIgnoringCase("text/plain; version=0.0.4; charset=utf-8"));
    assertThat(metrics.body())
        .contains("# TYPE cmt_evaluations_total counter\ncmt_evaluations_total 50000\n")
        .contains("cmt_node_rows_per_second{node=\"10.0.0.2:41000\"} 1234.5\n")
        .contains("cmt_node_worker_rows_per_second{node=\"10.0.0.2:41000\"} 77.15625\n")
        .contains("# TYPE cmt_step gauge\ncmt_step 2\n")
        .contains("\ncmt_ess_target 0.125\n", "\ncmt_entropy_nats -8.5\n", "\ncmt_log_z -1.0E-9\n")
        .contains("\ncmt_heap_max_bytes 12\n", "\ncmt_gc_seconds_total 0.5\n")
        .contains("\ncmt_standbys 1\n")
        .contains("\ncmt_standby_completed_steps{standby=\"10.0.0.3:25520\"} 2\n")
        .contains("\ncmt_batches_waiting 3\n");
    assertThat(metrics.body().lines())
        .allMatch(
            line -> line.matches("# (HELP|TYPE) \\w+ .+|\\w+(\\{\\w+=\"[^\"]+\"})? [0-9.E-]+"));
  }

  @Test
  void whereNobodyAnswersItSaysSo() throws IOException {
    HostPort gone;
    try (ServerSocket socket = new ServerSocket(0)) {
      gone = new HostPort("127.0.0.1", socket.getLocalPort());
    }
    Cli said = Cli.run("status", gone);
    assertThat(said.code()).isEqualTo(ExitCode.FAILED);
    assertThat(said.err()).contains("Nobody answers at " + gone);
  }

  private static Cli ask(HostPort head, List<String> options) {
    List<Object> words = new ArrayList<>(List.of("status", head));
    words.addAll(options);
    return Cli.run(words.toArray());
  }

  @Test
  void aHeadWithCertificatesAnswersWhoShowsOneOfTheSameCluster() {
    HostPort safe =
        StatusServer.start(
                SYSTEM.system(), HERE, Optional.of(TestCertificates.of("node")), status::get)
            .address();
    Cli member = ask(safe, TestCertificates.options("node"));
    assertThat(member.code()).as(member.err()).isEqualTo(ExitCode.SUCCESS);
    assertThat(member.out()).contains("0123456789abcdef");

    for (String outsider : List.of("stranger", "other")) {
      Cli refused = ask(safe, TestCertificates.options(outsider));
      assertThat(refused.code()).as(outsider).isEqualTo(ExitCode.FAILED);
      assertThat(refused.out()).as(outsider).isEmpty();
      assertThat(refused.err()).contains(safe + " does not agree");
    }
    Cli without = ask(safe, List.of());
    assertThat(without.code()).isEqualTo(ExitCode.FAILED);
    assertThat(without.err()).contains("A head with certificates answers who shows one");
  }

  @Test
  void aHeadWithoutCertificatesIsNoneForWhoAsksForThem() {
    Cli refused = ask(server.address(), TestCertificates.options("node"));
    assertThat(refused.code()).isEqualTo(ExitCode.FAILED);
    assertThat(refused.err()).contains("or the head has no cluster.tls");
  }

  @Test
  void theAddressMayComeFromTheHeadsConfig(@TempDir Path directory) throws Exception {
    Path config =
        Files.writeString(
            directory.resolve("run.conf"), "cluster.http = \"%s\"".formatted(server.address()));
    Cli said = Cli.run("status", "--config", config);
    assertThat(said.code()).as(said.err()).isEqualTo(ExitCode.SUCCESS);
    Cli nowhere = Cli.run("status", "-o", "cluster.http=\"\"");
    assertThat(nowhere.code()).isEqualTo(ExitCode.WRONG_USE);
    assertThat(nowhere.err()).contains("answers nowhere");
  }
}
