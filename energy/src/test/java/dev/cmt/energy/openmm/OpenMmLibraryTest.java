package dev.cmt.energy.openmm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.energy.EnergyUnavailableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is missing is told; JVMs of their own, since a library is loaded once a process. */
class OpenMmLibraryTest {
  @TempDir Path directory;

  /** Prints what loading gives, twice: the second call must say what the first said. */
  static final class Probe {
    private Probe() {}

    public static void main(String[] arguments) {
      for (int attempt = 0; attempt < 2; attempt++) {
        try {
          OpenMmLibrary library = OpenMmLibrary.load();
          System.out.println(library.platforms() + " " + library.cpuPlugin());
          library.resolve(OpenMmPlatform.CPU);
        } catch (EnergyUnavailableException e) {
          System.out.println("unavailable: " + e.getMessage());
        }
      }
    }
  }

  @Test
  void aMissingLibraryNamesThePackages() throws Exception {
    // A broken file that the dynamic linker finds before the real library.
    String version = OpenMmLibrary.load().version();
    for (String name : new String[] {"libOpenMM.so", "libOpenMM.so." + version}) {
      Files.writeString(directory.resolve(name), "not a library");
    }
    String output = probe(Map.of("LD_LIBRARY_PATH", directory.toString()));
    assertThat(output.lines())
        .hasSize(2)
        .allMatch(line -> line.startsWith("unavailable: OpenMM could not be loaded"))
        .allMatch(line -> line.contains("libOpenMM"))
        .allMatch(line -> line.contains("apt-get install libopenmm-dev libopenmm-plugins"));
  }

  @Test
  void aMissingCpuPluginLeavesReference() throws Exception {
    String output = probe(Map.of("OPENMM_PLUGIN_DIR", directory.toString()));
    assertThat(output)
        .contains("[Reference] The plugin was not found at any of [" + directory)
        .contains("unavailable: OpenMM " + OpenMmLibrary.load().version() + " has no CPU platform");
  }

  @Test
  void aBrokenCpuPluginLeavesReference() throws Exception {
    Files.writeString(directory.resolve("libOpenMMCPU.so"), "not a library");
    assertThat(probe(Map.of("OPENMM_PLUGIN_DIR", directory.toString())))
        .contains("[Reference] " + directory.resolve("libOpenMMCPU.so") + " could not be loaded");
  }

  private String probe(Map<String, String> environment) throws IOException, InterruptedException {
    Path log = directory.resolve("output.txt");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Probe.class.getName())
            .redirectOutput(log.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().putAll(environment);
    assertThat(builder.start().waitFor()).isZero();
    return Files.readString(log, StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.startsWith("[Ref") || line.startsWith("unavailable"))
        .reduce("", (all, line) -> all + line + "\n");
  }
}
