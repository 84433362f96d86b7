package dev.cmt.actors.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineTest {
  @TempDir private Path directory;

  @Test
  void readsTheProcessorsModelAndInstructionSets() throws IOException {
    Path cpuInfo =
        Files.writeString(
            directory.resolve("cpuinfo"),
            "processor\t: 0\nmodel name\t: Some Processor @ 3.0GHz\nflags\t\t: fpu sse2 avx2 avx xtopology fma\n\nprocessor\t: 1\n");

    Machine machine = Machine.here(cpuInfo);

    assertThat(machine.processor()).isEqualTo("Some Processor @ 3.0GHz");
    assertThat(machine.instructionSets()).isEqualTo("sse2 avx avx2 fma");
    assertThat(machine.cores()).isPositive();
    assertThat(machine.toString())
        .startsWith("cmt ")
        .contains("Some Processor", "avx2 fma", "JDK ", "OpenMM ")
        .doesNotContain("\n");
  }

  @Test
  void saysSoWhereTheProcessorIsUnknown() {
    Machine machine = Machine.here(directory.resolve("nothing"));

    assertThat(machine.processor()).isEqualTo("unknown");
    assertThat(machine.instructionSets()).isEqualTo("unknown");
  }
}
