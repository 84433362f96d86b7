package dev.cmt.test;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.actors.config.RunConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/** What can be said of {@code deploy/} without containers and clusters. */
@Timeout(value = 15, unit = TimeUnit.MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
class DeployIT {
  static final Path DEPLOY = SmallRuns.root().resolve("deploy");

  @TempDir private Path directory;

  private static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).as(said).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }

  /** Scripts, manifests, units; what this machine has no tool for is said. */
  @Test
  void everyFileIsWhatItShouldBe() throws Exception {
    String said = run(DEPLOY.resolve("check").toString());

    said.lines()
        .filter(line -> line.startsWith("NOT CHECKED"))
        .forEach(line -> System.out.println("deploy: " + line));
    assertThat(said).contains("ok           syntax").doesNotContain("WRONG");
  }

  @Test
  void certificatesOfTheScriptAreWhatTheProductTakes() throws Exception {
    Path tls = directory.resolve("tls");
    run(DEPLOY.resolve("certificates").toString(), tls.toString());
    run(DEPLOY.resolve("certificates").toString(), tls.toString(), "other");

    for (String name : List.of("node", "other")) {
      RunConfig.Cluster cluster =
          RunConfig.Cluster.load(
              Optional.empty(),
              List.of(
                  "cluster.tls.key=\"%s\"".formatted(tls.resolve(name + ".key")),
                  "cluster.tls.certificate=\"%s\"".formatted(tls.resolve(name + ".pem")),
                  "cluster.tls.ca=\"%s\"".formatted(tls.resolve("ca.pem"))));
      assertThat(cluster.tls()).isPresent();
    }
  }

  @Test
  void theRunOfKubernetesIsTheQuickOneOnFourCores() {
    RunConfig run = RunConfig.load(DEPLOY.resolve("kubernetes/run.conf"), List.of());
    RunConfig quick =
        RunConfig.load(
            SmallRuns.root().resolve("config/alanine-dipeptide-quick.conf"),
            List.of("flow.threads=4"));

    assertThat(run.resolvedJson()).isEqualTo(quick.resolvedJson());
  }
}
