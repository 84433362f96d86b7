package dev.cmt.energy.openmm;

import dev.cmt.energy.EnergyUnavailableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The OpenMM installed on this machine, loaded at first use and once a process. Of its plugins only
 * the CPU platform is loaded, from {@code $OPENMM_PLUGIN_DIR} if that is set, else from beside
 * libOpenMM. Immutable; safe for use by many threads.
 */
public final class OpenMmLibrary {
  private static final Logger LOG = LoggerFactory.getLogger(OpenMmLibrary.class);
  private static final String MEND =
      "Install the Debian packages libopenmm-dev and libopenmm-plugins (apt-get install"
          + " libopenmm-dev libopenmm-plugins).";
  private static final String CPU_PLUGIN = "libOpenMMCPU.so";

  private final String version;
  private final List<String> platforms;
  private final String cpuPlugin;

  private OpenMmLibrary(String version, List<String> platforms, String cpuPlugin) {
    this.version = version;
    this.platforms = platforms;
    this.cpuPlugin = cpuPlugin;
  }

  /**
   * The library, loading it if this is the first call.
   *
   * @throws EnergyUnavailableException if OpenMM is missing or broken, naming the packages to
   *     install; every later call throws the same
   */
  public static OpenMmLibrary load() {
    Attempt attempt = Attempt.ONLY;
    if (attempt.library == null) {
      throw new EnergyUnavailableException(attempt.message, attempt.cause);
    }
    return attempt.library;
  }

  /** OpenMM's version, such as {@code 7.7}. */
  public String version() {
    return version;
  }

  /** Names of the platforms that can be used, {@code Reference} first. */
  public List<String> platforms() {
    return platforms;
  }

  /** The CPU plugin's file, or a sentence on why the CPU platform is not available. */
  public String cpuPlugin() {
    return cpuPlugin;
  }

  /**
   * OpenMM's name of a platform.
   *
   * @throws EnergyUnavailableException if {@code platform} is CPU and its plugin is missing
   */
  String resolve(OpenMmPlatform platform) {
    boolean cpu = platforms.contains("CPU");
    return switch (platform) {
      case REFERENCE -> "Reference";
      case AUTO -> cpu ? "CPU" : "Reference";
      case CPU -> {
        if (!cpu) {
          throw new EnergyUnavailableException(
              "OpenMM %s has no CPU platform here. %s".formatted(version, cpuPlugin), null);
        }
        yield "CPU";
      }
    };
  }

  private static OpenMmLibrary open() {
    // JavaCPP's loader locks itself and then initialises Pointer, whose initialiser takes the
    // loader's lock: two threads
    // that begin at different ends would wait for each other for ever. So Pointer always comes
    // first.
    Pointer.totalBytes();
    Loader.load(OpenMmNative.class);
    String cpuPlugin = loadCpuPlugin();
    List<String> platforms =
        IntStream.range(0, OpenMmNative.platformCount())
            .mapToObj(OpenMmNative::platformName)
            .toList();
    return new OpenMmLibrary(OpenMmNative.version(), platforms, cpuPlugin);
  }

  private static String loadCpuPlugin() {
    List<Path> candidates = cpuPluginCandidates();
    for (Path file : candidates) {
      if (!Files.isRegularFile(file)) {
        continue;
      }
      try {
        OpenMmNative.loadPlugin(file.toString());
        return file.toString();
      } catch (RuntimeException e) {
        LOG.warn("OpenMM cannot load its CPU plugin {}", file, e);
        return "%s could not be loaded: %s %s".formatted(file, e.getMessage(), MEND);
      }
    }
    return "The plugin was not found at any of %s. %s".formatted(candidates, MEND);
  }

  /** Debian puts plugins below {@code openmm/plugins}, OpenMM's own builds into {@code plugins}. */
  private static List<Path> cpuPluginCandidates() {
    String configured = System.getenv("OPENMM_PLUGIN_DIR");
    if (configured != null && !configured.isBlank()) {
      return List.of(Path.of(configured, CPU_PLUGIN));
    }
    String directory = OpenMmNative.libraryDirectory();
    return List.of(
        Path.of(directory, "openmm", "plugins", CPU_PLUGIN),
        Path.of(directory, "plugins", CPU_PLUGIN));
  }

  /** What came of loading; the class initialiser makes it happen once. */
  private record Attempt(OpenMmLibrary library, String message, Throwable cause) {
    static final Attempt ONLY = make();

    private static Attempt make() {
      try {
        return new Attempt(open(), null, null);
      } catch (UnsatisfiedLinkError | RuntimeException e) {
        // JavaCPP reports that it found no library; why it did not is in the cause.
        String reason = e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
        return new Attempt(null, "OpenMM could not be loaded: %s. %s".formatted(reason, MEND), e);
      }
    }
  }
}
