package dev.cmt.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cmt.actors.audit.TinyRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code verify} and {@code replay} print and how they end. */
class AuditCommandsTest {
  @TempDir private Path temporary;

  @Test
  void verifyPrintsATableAndItsVerdict() throws IOException {
    Path run = TinyRun.copyTo(temporary.resolve("run"));
    Cli sound = Cli.run("verify", run, "--seed", 5);
    assertThat(sound.code()).as(sound.err() + sound.out()).isEqualTo(ExitCode.SUCCESS);
    assertThat(sound.out()).contains("ok      run.json", "ok      energies", "log q");
    assertThat(sound.out().stripTrailing()).endsWith("3 of 3 steps, at rest. Sound.");

    Cli partly = Cli.run("verify", run, "--fraction", 0);
    assertThat(partly.code()).isEqualTo(ExitCode.SUCCESS);
    assertThat(partly.out()).contains("Sound in all that was checked; 2 not checked.");

    Files.delete(run.resolve("checkpoints/step-000002.safetensors"));
    Cli damaged = Cli.run("verify", run);
    assertThat(damaged.code()).isEqualTo(ExitCode.FAILED);
    assertThat(damaged.out())
        .contains("DAMAGED checkpoints", "step-000002.safetensors is missing", "→ train");
    JsonNode json = new ObjectMapper().readTree(Cli.run("verify", run, "--json").out());
    assertThat(json.get("damaged").asInt()).isEqualTo(1);
    assertThat(json.at("/findings/0/verdict").asText()).isEqualTo("sound");

    assertThat(Cli.run("verify", temporary.resolve("nowhere")).code())
        .isEqualTo(ExitCode.WRONG_USE);
    Cli nonsense = Cli.run("verify", run, "--fraction", 2);
    assertThat(nonsense.code()).isEqualTo(ExitCode.WRONG_USE);
    assertThat(nonsense.err()).contains("--fraction 2.0", "from 0 to 1");
  }

  @Test
  void replayComparesAndShowsWhatOtherBoundsWouldGive() throws IOException {
    Path run = TinyRun.copyTo(temporary.resolve("run"));
    Cli own = Cli.run("replay", run);
    assertThat(own.code()).as(own.err() + own.out()).isEqualTo(ExitCode.SUCCESS);
    assertThat(own.out())
        .contains("ε_tr = 0.3, ε_ent = 0.5", "3 steps agree with steps.jsonl to 1e-12", "ledger")
        .doesNotContain("would have been");

    Cli other = Cli.run("replay", run, "--eps-tr", "0.1", "--eps-ent", "inf");
    assertThat(other.code()).isEqualTo(ExitCode.SUCCESS);
    assertThat(other.out()).contains("As it would have been: ε_tr = 0.1, ε_ent = inf", "0.1000");

    JsonNode json =
        new ObjectMapper().readTree(Cli.run("replay", run, "--eps-tr", 0.1, "--json").out());
    assertThat(json.at("/agrees").asBoolean()).isTrue();
    assertThat(json.at("/other/eps_tr").asText()).isEqualTo("0.1");
    assertThat(json.at("/steps")).hasSize(3);
    assertThat(json.at("/steps/0/other/entropy_drop").asDouble()).isPositive();
    assertThat(json.at("/evaluation/log_z").isNumber()).isTrue();

    Files.delete(run.resolve("ledger/step-000000.ledger"));
    Cli less = Cli.run("replay", run);
    assertThat(less.code()).isEqualTo(ExitCode.SUCCESS);
    assertThat(less.out()).contains("Nothing is kept of 1 of 3 steps (0). buffer.ledger = true");

    Path steps = run.resolve("steps.jsonl");
    Files.writeString(steps, Files.readString(steps).replaceFirst("\"eta\":0\\.0", "\"eta\":0.1"));
    Cli changed = Cli.run("replay", run);
    assertThat(changed.code()).isEqualTo(ExitCode.FAILED);
    assertThat(changed.out()).contains("DIFFERENT");
  }

  @Test
  void replayRefusesNonsense() {
    Path run = TinyRun.copyTo(temporary.resolve("run"));
    String[][] wrong = {
      {"--eps-tr", "0", "above 0"},
      {"--eps-ent", "much", "--eps-ent much"},
      {"--temperature", "310", "gmm40 has no temperature"}
    };
    for (String[] words : wrong) {
      Cli cli = Cli.run("replay", run, words[0], words[1]);
      assertThat(cli.code()).isEqualTo(ExitCode.WRONG_USE);
      assertThat(cli.err()).contains(words[2]);
    }
  }
}
