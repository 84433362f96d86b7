package dev.cmt.actors.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineOfRunTest {
  private static final Engine WIDE = new Engine("kernel", "sse2 avx2 avx512f");
  private static final Engine NARROW = new Engine("kernel", "sse2 avx2");

  @Test
  void theFirstWorkerDecidesForANewRun() {
    EngineOfRun engine = new EngineOfRun(Optional.empty(), false);
    assertThat(engine.refusal(NARROW)).isEmpty();
    assertThat(engine.refusal(NARROW)).isEmpty();
    assertThat(engine.refusal(WIDE)).get().asString().contains("avx512f").contains("last bits");
  }

  @Test
  void theManifestDecidesForARunThatGoesOn() {
    EngineOfRun engine = new EngineOfRun(Optional.of(WIDE), false);
    assertThat(engine.refusal(NARROW)).isPresent();
    assertThat(engine.refusal(WIDE)).isEmpty();
  }

  @Test
  void theConfigMayLetOthersJoin() {
    EngineOfRun engine = new EngineOfRun(Optional.of(WIDE), true);
    assertThat(engine.refusal(NARROW)).isEmpty();
  }

  @Test
  void instructionSetsAreThoseOfTheProcessor(@TempDir Path directory) throws IOException {
    Path cpuInfo = directory.resolve("cpuinfo");
    Files.writeString(cpuInfo, "processor\t: 0\nflags\t\t: fpu sse2 sse2 fma avx2 avx\n");
    assertThat(InstructionSets.of(cpuInfo)).isEqualTo("sse2 avx avx2 fma");
    assertThat(InstructionSets.of(directory.resolve("none"))).isEqualTo("unknown");
  }
}
