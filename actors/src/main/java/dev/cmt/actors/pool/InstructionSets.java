package dev.cmt.actors.pool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The vector instruction sets of this machine's processor, on which last bits of energies depend.
 */
public final class InstructionSets {
  private static final List<String> KNOWN =
      List.of("sse2", "avx", "avx2", "fma", "avx512f", "avx512dq", "amx_tile");

  private InstructionSets() {}

  /** Their names, least first, or {@code unknown} where the system does not tell. */
  public static String ofThisMachine() {
    return of(Path.of("/proc/cpuinfo"));
  }

  /** Those that a file such as {@code /proc/cpuinfo} lists. */
  public static String of(Path cpuInfo) {
    try (Stream<String> lines = Files.lines(cpuInfo)) {
      Set<String> flags =
          lines
              .filter(line -> line.startsWith("flags"))
              .findFirst()
              .map(
                  line ->
                      Set.copyOf(
                          List.of(line.substring(line.indexOf(':') + 1).strip().split("\\s+"))))
              .orElse(Set.of());
      List<String> sets = KNOWN.stream().filter(flags::contains).toList();
      return sets.isEmpty() ? "unknown" : String.join(" ", sets);
    } catch (IOException e) {
      // Not Linux, or a container that hides it.
      return "unknown";
    }
  }
}
