package dev.cmt.actors.cluster;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.cmt.actors.config.HostPort;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * Answers over HTTP how a head is: {@code /alive} and {@code /ready} for supervisors (200 or 503),
 * {@code /metrics} in Prometheus' text format, {@code /status} as JSON. Reads only; owns one daemon
 * thread until it is closed.
 */
public final class StatusServer implements AutoCloseable {
  private static final ObjectWriter JSON = new ObjectMapper().writerWithDefaultPrettyPrinter();

  private final HttpServer server;
  private final ExecutorService thread;

  private StatusServer(HttpServer server, ExecutorService thread) {
    this.server = server;
    this.thread = thread;
  }

  /**
   * Starts to answer.
   *
   * @param at where; port 0 for any that is free
   * @param status how things are, asked at every request
   * @throws ClusterUnavailableException if the address is taken or not this machine's
   */
  public static StatusServer start(HostPort at, Supplier<HeadStatus> status) {
    HttpServer server;
    try {
      server = HttpServer.create(new InetSocketAddress(at.host(), at.port()), 0);
    } catch (IOException e) {
      throw new ClusterUnavailableException(
          "Cannot listen on cluster.http = %s (%s). HOST must be an address of this machine; another process may have the port; \"\" is for none."
              .formatted(at, e.getMessage()),
          e);
    }
    ExecutorService thread =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread daemon = new Thread(task, "cmt-status");
              daemon.setDaemon(true);
              return daemon;
            });
    server.setExecutor(thread);
    server.createContext("/alive", exchange -> answer(exchange, 200, "text/plain", "alive\n"));
    server.createContext(
        "/ready",
        exchange -> {
          boolean ready = status.get().isReady();
          answer(
              exchange,
              ready ? 200 : 503,
              "text/plain",
              ready ? "ready\n" : "no energy worker is there\n");
        });
    server.createContext(
        "/metrics",
        exchange ->
            answer(exchange, 200, "text/plain; version=0.0.4", MetricsText.of(status.get())));
    server.createContext(
        "/status",
        exchange ->
            answer(
                exchange, 200, "application/json", JSON.writeValueAsString(status.get()) + "\n"));
    server.start();
    return new StatusServer(server, thread);
  }

  private static void answer(HttpExchange exchange, int code, String type, String text)
      throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(code, bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }

  /** Where it answers. */
  public HostPort address() {
    InetSocketAddress at = server.getAddress();
    return new HostPort(at.getAddress().getHostAddress(), at.getPort());
  }

  @Override
  public void close() {
    server.stop(0);
    thread.shutdown();
  }
}
