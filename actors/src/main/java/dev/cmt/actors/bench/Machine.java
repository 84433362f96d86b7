package dev.cmt.actors.bench;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.cmt.actors.config.ProductVersion;
import dev.cmt.actors.pool.InstructionSets;
import dev.cmt.energy.EnergyUnavailableException;
import dev.cmt.energy.openmm.OpenMmLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What figures were measured on.
 *
 * @param cmt the product's version
 * @param processor its model's name
 * @param cores processors that this JVM may use
 * @param instructionSets the vector instruction sets it has, least first
 * @param jdk the Java version
 * @param openMm OpenMM's version, or {@code missing}
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record Machine(
    String cmt, String processor, int cores, String instructionSets, String jdk, String openMm) {
  /** The machine this process runs on. */
  public static Machine here() {
    return here(Path.of("/proc/cpuinfo"));
  }

  static Machine here(Path cpuInfo) {
    return new Machine(
        ProductVersion.current(),
        field(cpuInfo, "model name"),
        Runtime.getRuntime().availableProcessors(),
        InstructionSets.of(cpuInfo),
        System.getProperty("java.version"),
        openMmVersion());
  }

  /** One line for people. */
  @Override
  public String toString() {
    return "cmt %s on %s, %d %s, %s; JDK %s; OpenMM %s"
        .formatted(
            cmt, processor, cores, cores == 1 ? "core" : "cores", instructionSets, jdk, openMm);
  }

  private static String field(Path cpuInfo, String name) {
    try (Stream<String> lines = Files.lines(cpuInfo)) {
      return lines
          .filter(line -> line.startsWith(name))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .orElse("unknown");
    } catch (IOException e) {
      // Not Linux, or a container that hides it: the figures are as good without.
      return "unknown";
    }
  }

  private static String openMmVersion() {
    try {
      return OpenMmLibrary.load().version();
    } catch (EnergyUnavailableException e) {
      // The benchmarks that need it report why.
      return "missing";
    }
  }
}
