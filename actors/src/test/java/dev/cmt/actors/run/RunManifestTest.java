package dev.cmt.actors.run;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.actors.pool.Engine;
import dev.cmt.buffer.RunDirectory;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class RunManifestTest {
  private static final Engine ENERGY = new Engine("toy", "none");

  @TempDir private Path temporary;

  /** With flow.device = auto the config is the same on both machines, and the bits are not. */
  @Test
  void aRunThatGoesOnWithAnotherFlowEngineSaysSo() throws IOException {
    RunConfig config = RunConfig.parse("target.system = gmm40, flow.device = auto", "of this test");
    RunManifest manifest = new RunManifest(config, 2, 100, 1, 1);
    RunDirectory directory = RunDirectory.create(temporary.resolve("run"));
    Logger logger = (Logger) LoggerFactory.getLogger(RunManifest.class);
    ListAppender<ILoggingEvent> heard = new ListAppender<>();
    heard.start();
    logger.addAppender(heard);
    try {
      manifest.write(directory, "native cpu, 1 threads", ENERGY);
      manifest.write(directory, "native cpu, 1 threads", ENERGY);
      assertThat(heard.list).isEmpty();
      manifest.write(directory, "djl pytorch, gpu:0", ENERGY);
      manifest.write(directory, "native cpu, 1 threads", ENERGY);
    } finally {
      logger.detachAppender(heard);
    }

    assertThat(heard.list)
        .singleElement()
        .extracting(ILoggingEvent::getFormattedMessage)
        .asString()
        .contains("began with flow engine \"native cpu, 1 threads\"")
        .contains("goes on with \"djl pytorch, gpu:0\"");
    assertThat(RunManifest.flowEngines(directory))
        .containsExactly("native cpu, 1 threads", "djl pytorch, gpu:0");
    assertThat(RunManifest.readConfig(directory)).isEqualTo(config);
  }
}
