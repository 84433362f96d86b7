package dev.cmt.actors.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import dev.cmt.actors.config.HostPort;
import dev.cmt.actors.config.RunConfig;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.ConnectionContext;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.ServerBuilder;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpMethods;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * Answers over HTTP how a head is: {@code /alive} and {@code /ready} for supervisors (200 or 503),
 * {@code /metrics} in Prometheus' text format, {@code /status} as JSON. Reads only. Ends with the
 * actor system it was started in.
 */
public final class StatusServer {
  private static final ObjectWriter JSON = new ObjectMapper().writerWithDefaultPrettyPrinter();
  private static final ContentType PLAIN = ContentTypes.TEXT_PLAIN_UTF8;
  private static final ContentType PROMETHEUS =
      ContentTypes.parse("text/plain; version=0.0.4; charset=utf-8");

  /** As often as Pekko's remoting does. */
  private static final Duration READ_CERTIFICATES_AGAIN = Duration.ofMinutes(5);

  /** Far more than it takes: Pekko itself waits for ever. */
  private static final int BIND_SECONDS = 10;

  private final ServerBinding binding;

  private StatusServer(ServerBinding binding) {
    this.binding = binding;
  }

  /**
   * Starts to answer everything, at {@code cluster.http}.
   *
   * @param system does the work
   * @param at where; port 0 for any that is free
   * @param tls makes it HTTPS that asks for a certificate; its files are read again every few
   *     minutes
   * @param status how things are, asked at every request, on any thread
   * @throws ClusterUnavailableException if the address is taken or not this machine's, or a file of
   *     {@code tls} is not what it should be
   */
  public static StatusServer start(
      ActorSystem<?> system,
      HostPort at,
      Optional<RunConfig.Tls> tls,
      Supplier<HeadStatus> status) {
    return start(system, at, tls, status, READ_CERTIFICATES_AGAIN);
  }

  static StatusServer start(
      ActorSystem<?> system,
      HostPort at,
      Optional<RunConfig.Tls> tls,
      Supplier<HeadStatus> status,
      Duration readAgain) {
    ServerBuilder server = Http.get(system).newServerAt(at.host(), at.port());
    if (tls.isPresent()) {
      MutualTls certificates = MutualTls.of(tls.get(), readAgain);
      server = server.enableHttps(ConnectionContext.httpsServer(certificates::serverEngine));
    }
    return bind(
        "cluster.http",
        at,
        server,
        request ->
            switch (request.getUri().path()) {
              case "/metrics" -> answer(200, PROMETHEUS, MetricsText.of(status.get()));
              case "/status" -> json(status.get());
              default -> health(request, status);
            });
  }

  /**
   * Starts to answer {@code /alive} and {@code /ready} alone, to anybody, at {@code
   * cluster.probes}.
   *
   * @param system does the work
   * @param at where; port 0 for any that is free
   * @param status how things are, asked at every request, on any thread
   * @throws ClusterUnavailableException if the address is taken or not this machine's
   */
  public static StatusServer probes(
      ActorSystem<?> system, HostPort at, Supplier<HeadStatus> status) {
    return bind(
        "cluster.probes",
        at,
        Http.get(system).newServerAt(at.host(), at.port()),
        request -> health(request, status));
  }

  private static StatusServer bind(
      String key, HostPort at, ServerBuilder server, Function<HttpRequest, HttpResponse> answers) {
    try {
      return new StatusServer(
          server
              .bindSync(
                  request ->
                      request.method().equals(HttpMethods.GET)
                          ? answers.apply(request)
                          : answer(405, PLAIN, "only GET\n"))
              .toCompletableFuture()
              .orTimeout(BIND_SECONDS, TimeUnit.SECONDS)
              .join());
    } catch (CompletionException e) {
      String why =
          e.getCause() instanceof TimeoutException
              ? "nothing came of it in %d s".formatted(BIND_SECONDS)
              : e.getCause().getMessage();
      throw new ClusterUnavailableException(
          "Cannot listen on %s = %s (%s). HOST must be an address of this machine; another process may have the port; \"\" is for none."
              .formatted(key, at, why),
          e);
    }
  }

  private static HttpResponse health(HttpRequest request, Supplier<HeadStatus> status) {
    return switch (request.getUri().path()) {
      case "/alive" -> answer(200, PLAIN, "alive\n");
      case "/ready" ->
          status.get().isReady()
              ? answer(200, PLAIN, "ready\n")
              : answer(503, PLAIN, "no energy worker is there\n");
      default -> answer(404, PLAIN, "nothing is here\n");
    };
  }

  private static HttpResponse json(HeadStatus status) {
    try {
      return answer(200, ContentTypes.APPLICATION_JSON, JSON.writeValueAsString(status) + "\n");
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e); // of records of numbers and words: cannot be
    }
  }

  private static HttpResponse answer(int code, ContentType type, String text) {
    return HttpResponse.create()
        .withStatus(code)
        .withEntity(HttpEntities.create(type, text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Where it answers. */
  public HostPort address() {
    InetSocketAddress at = binding.localAddress();
    return new HostPort(at.getAddress().getHostAddress(), at.getPort());
  }
}
