package dev.cmt.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.buffer.RunDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a standby is told wrongly is said before anything is made or anybody is looked for. */
class NodeCommandTest {
  @TempDir private Path directory;

  private Cli standby(String... more) {
    List<Object> arguments =
        new ArrayList<>(List.of("node", "--role", "standby", "--seed", "127.0.0.1:1"));
    arguments.addAll(List.of((Object[]) more));
    return Cli.run(arguments.toArray());
  }

  private void assertRefused(Cli said, String why) {
    assertThat(said.code()).as(said.err()).isEqualTo(ExitCode.WRONG_USE);
    assertThat(said.err()).contains(why);
    assertThat(directory).isEmptyDirectory();
  }

  private String copy() {
    return directory.resolve("copy").toString();
  }

  @Test
  void aStandbyNeedsADirectoryAndNothingOfAnEnergyNode() {
    assertRefused(standby(), "--role standby needs --run-dir DIR");
    assertRefused(standby("--run-dir", copy(), "--workers", "2"), "--workers (2) is for --role");
    assertRefused(standby("--run-dir", copy(), "--config", "x.conf"), "x.conf");
    assertRefused(
        Cli.run("node", "--role", "energy", "--seed", "127.0.0.1:1", "--run-dir", copy()),
        "are for --role standby");
  }

  @Test
  void aHeadThatIsLookedForHasTimeToComeBack() {
    assertRefused(
        standby("--run-dir", copy(), "--bind", "127.0.0.1:2", "--take-over-after", "29"),
        "--take-over-after (29) must be at least 30 s, 3 times cluster.lost_after_seconds");
  }

  @Test
  void nodesMustKnowWhereTheNewHeadIs() {
    assertRefused(
        standby("--run-dir", copy(), "--take-over-after", "30"),
        "--bind (127.0.0.1:0) must have a port with --take-over-after");
    assertRefused(
        standby("--run-dir", copy(), "--bind", "127.0.0.1:1"),
        "--seed (127.0.0.1:1) must be where a head is");
  }

  @Test
  void aMoleculeThatIsNotHereIsMissedBeforeItIsNeeded() throws Exception {
    RunDirectory copy = RunDirectory.create(directory.resolve("copy"));
    Path molecule = directory.resolve("molecule");
    Files.writeString(
        copy.manifest(), "{\"config\":{\"target\":{\"directory\":\"%s\"}}}".formatted(molecule));
    assertThat(Standby.obstacle(copy, List.of()))
        .hasValueSatisfying(why -> assertThat(why).contains("target.directory", "./cmt import"));
    Files.writeString(copy.manifest(), "{\"config\":{\"target\":{\"system\":\"gmm40\"}}}");
    assertThat(Standby.obstacle(copy, List.of())).isEmpty();
    assertThat(Standby.obstacle(copy, List.of("cluster.http=nowhere")))
        .hasValueSatisfying(why -> assertThat(why).contains("cluster.http"));
  }

  @Test
  void aDirectoryOfSomebodyElseIsLeftAlone() throws Exception {
    Path file = Files.createDirectory(directory.resolve("copy")).resolve("thesis.tex");
    Files.writeString(file, "precious");
    Cli said = standby("--run-dir", copy());
    assertThat(said.code()).isEqualTo(ExitCode.WRONG_USE);
    assertThat(said.err()).contains("thesis.tex", "a new run wants an empty or absent directory");
    assertThat(file).hasContent("precious");
  }

  @Test
  void whatRunGoesOnMustBeSaid() {
    Cli said = Cli.run("train");
    assertThat(said.code()).isEqualTo(ExitCode.WRONG_USE);
    assertThat(said.err()).contains("Say which run file, or by --run-dir which run is to go on");
    assertRefused(Cli.run("train", "--run-dir", copy()), "holds no run");
  }
}
