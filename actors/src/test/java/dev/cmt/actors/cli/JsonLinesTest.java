package dev.cmt.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonLinesTest {
  private final JsonLines encoder = new JsonLines();
  private final List<String> lines = new ArrayList<>();
  private final Logger log = new LoggerContext().getLogger("dev.cmt.Example");

  JsonLinesTest() {
    AppenderBase<ILoggingEvent> appender =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent event) {
            lines.add(new String(encoder.encode(event), StandardCharsets.UTF_8));
          }
        };
    appender.start();
    log.addAppender(appender);
  }

  private JsonNode only() throws Exception {
    assertThat(lines).hasSize(1);
    assertThat(lines.get(0)).endsWith("}\n").doesNotContain("\n ");
    assertThat(lines.get(0).lines()).hasSize(1);
    return new ObjectMapper().readTree(lines.get(0));
  }

  @Test
  void aLineIsAnObjectWithRunAndStep() throws Exception {
    Logs.run("0123456789abcdef");
    Logs.step(3);
    log.warn("Batch {} is \"late\"\nby {} s", 7, 1.5);
    JsonNode line = only();
    assertThat(line.get("message").asText()).isEqualTo("Batch 7 is \"late\"\nby 1.5 s");
    assertThat(line.get("level").asText()).isEqualTo("WARN");
    assertThat(line.get("logger").asText()).isEqualTo("dev.cmt.Example");
    assertThat(line.get("run").asText()).isEqualTo("0123456789abcdef");
    assertThat(line.get("step").isInt()).isTrue();
    assertThat(line.get("step").asInt()).isEqualTo(3);
    assertThat(Instant.parse(line.get("time").asText()))
        .isBetween(Instant.now().minus(Duration.ofMinutes(1)), Instant.now());
    assertThat(line.has("error")).isFalse();
  }

  @Test
  void anotherRunBeginsWithoutAStep() throws Exception {
    Logs.run("0123456789abcdef");
    Logs.step(3);
    Logs.run("fedcba9876543210");
    log.info("begins");
    assertThat(only().get("run").asText()).isEqualTo("fedcba9876543210");
    assertThat(only().has("step")).isFalse();
  }

  @Test
  void figuresAreNumbersAndWhatIsNotFiniteIsText() throws Exception {
    log.atInfo()
        .addKeyValue("ess_target", 0.25)
        .addKeyValue("target_evals", 12_000L)
        .addKeyValue("loss", Double.NaN)
        .log("complete");
    assertThat(only().get("ess_target").asDouble()).isEqualTo(0.25);
    assertThat(only().get("target_evals").asLong()).isEqualTo(12_000);
    assertThat(only().get("loss").asText()).isEqualTo("NaN");
  }

  @Test
  void aFailureBringsItsStackTrace() throws Exception {
    log.error("It failed", new IllegalStateException("why"));
    assertThat(only().get("error").asText())
        .startsWith("java.lang.IllegalStateException: why")
        .contains("JsonLinesTest.java");
  }
}
