package dev.cmt.actors.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.cmt.energy.Target;
import dev.cmt.energy.io.Conformations;
import dev.cmt.energy.io.PdbFile;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.MolecularSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TargetDirectoryTest {
  private static final String BUILT_IN = "alanine-dipeptide";

  @TempDir Path base;
  private Path molecule;

  @BeforeEach
  void writeABuiltInMoleculeAsOneOfTheUsersOwn() throws IOException {
    molecule = write(base.resolve("mine"), true);
  }

  @Test
  void isTheTargetOfItsFiles() throws IOException {
    TargetDirectory loaded = TargetDirectory.load(molecule);
    RunConfig config = load("target.directory = mine");

    assertThat(config.target().system()).isEqualTo("mine");
    assertThat(config.target().directory()).contains(molecule);
    assertThat(config.target().sha256()).isEqualTo(loaded.sha256()).hasSize(64);
    Target target = ConfiguredTarget.create(config);
    assertThat(target.name()).isEqualTo("mine");
    assertThat(target.dimension()).isEqualTo(60);
  }

  @Test
  void theConfigOfARunReadsBackAndMayMove() throws IOException {
    RunConfig config = load("target.directory = mine");
    RunConfig again = RunConfig.parse(config.resolvedJson(), "run.json");
    assertThat(again).isEqualTo(config);
    assertThat(again.hash()).isEqualTo(config.hash());

    Path elsewhere = base.resolve("elsewhere");
    Files.move(molecule, elsewhere);
    RunConfig moved = load("target.directory = elsewhere");
    assertThat(moved.hash()).isEqualTo(config.hash());
    assertThat(moved.differences(config)).isEmpty();
    assertThatThrownBy(() -> RunConfig.parse(config.resolvedJson(), "run.json"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("target.directory")
        .hasMessageContaining("has no target.json")
        .hasMessageContaining("If it was moved");
  }

  @Test
  void aRunIsNotResumedWithAnotherMolecule() throws IOException {
    RunConfig config = load("target.directory = mine");
    rewrite(molecule.resolve(TargetDirectory.MINIMIZED), "\n", " \n");
    TargetDirectory.writeManifest(molecule, "mine", true, JsonNodeFactory.instance.objectNode());

    RunConfig changed = load("target.directory = mine");
    assertThat(changed.hash()).isNotEqualTo(config.hash());
    assertThat(changed.differences(config)).singleElement().asString().contains("target.sha256");
    assertThatThrownBy(() -> ConfiguredTarget.create(config))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("another molecule");
    assertThatThrownBy(() -> RunConfig.parse(config.resolvedJson(), "run.json"))
        .hasMessageContaining("imported again");
  }

  @Test
  void overridesAreRelativeToTheWorkingDirectoryAndReplaceTheTarget() throws IOException {
    String override = "target.directory=" + molecule;
    RunConfig config = RunConfig.load(file("target.system = " + BUILT_IN), List.of(override));
    assertThat(config.target().system()).isEqualTo("mine");
    RunConfig back =
        RunConfig.load(file("target.directory = mine"), List.of("target.system=" + BUILT_IN));
    assertThat(back.target().directory()).isEmpty();
    assertThat(back.hash()).isEqualTo(load("target.system = " + BUILT_IN).hash());
  }

  @Test
  void saysWhatIsWrong() throws IOException {
    assertThat(problem("target.directory = nowhere")).contains("has no target.json");
    assertThat(problem("target { directory = mine, system = gmm40 }"))
        .contains("target.system", "left out beside target.directory");
    assertThat(problem("target { directory = mine, sha256 = abc }")).contains("64 hexadecimal");
    assertThat(problem("target { directory = mine, sha256 = %s }".formatted("f".repeat(64))))
        .contains("another molecule");
    rewrite(molecule.resolve(TargetDirectory.SYSTEM), "mass=\"12.01\"", "mass=\"13\"");
    assertThat(problem("target.directory = mine")).contains("system.xml that was changed");
    write(base.resolve("bad"), false);
    assertThat(problem("target.directory = bad")).contains("validation failed");
    Files.writeString(molecule.resolve(TargetDirectory.MANIFEST), "{");
    assertThat(problem("target.directory = mine")).contains("not JSON");
  }

  private String problem(String text) {
    ConfigException failure = catchThrowableOfType(ConfigException.class, () -> load(text));
    assertThat(failure.problems()).hasSize(1);
    return failure.getMessage();
  }

  private RunConfig load(String text) throws IOException {
    return RunConfig.load(file(text), List.of());
  }

  private Path file(String text) throws IOException {
    return Files.writeString(base.resolve("run.conf"), text);
  }

  private static void rewrite(Path file, String from, String to) throws IOException {
    String text = Files.readString(file);
    assertThat(text).contains(from);
    Files.writeString(file, text.replace(from, to));
  }

  private static Path write(Path directory, boolean valid) throws IOException {
    MolecularSystem system = BuiltInSystems.load(BUILT_IN);
    Files.createDirectory(directory);
    Files.writeString(directory.resolve(TargetDirectory.SYSTEM), system.systemXml());
    double[] x = system.minimizedNm();
    PdbFile.write(
        directory.resolve(TargetDirectory.TOPOLOGY), system.atoms(), new Conformations(22, x));
    StringBuilder lines = new StringBuilder();
    for (int n = 0; n < x.length; n += 3) {
      lines.append(String.format(Locale.ROOT, "%s %s %s%n", x[n], x[n + 1], x[n + 2]));
    }
    Files.writeString(directory.resolve(TargetDirectory.MINIMIZED), lines);
    Files.writeString(
        directory.resolve(TargetDirectory.Z_MATRIX), BuiltInSystems.zMatrix(BUILT_IN));
    TargetDirectory.writeManifest(
        directory,
        directory.getFileName().toString(),
        valid,
        JsonNodeFactory.instance.objectNode());
    return directory;
  }
}
