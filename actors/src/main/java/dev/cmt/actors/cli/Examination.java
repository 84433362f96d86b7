package dev.cmt.actors.cli;

import com.sun.management.OperatingSystemMXBean;
import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.EnergyUnavailableException;
import dev.cmt.energy.PotentialEnergies;
import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.openmm.OpenMmLibrary;
import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.flow.Activation;
import dev.cmt.flow.Flow;
import dev.cmt.flow.FlowArchitecture;
import dev.cmt.flow.FlowChannel;
import dev.cmt.flow.FlowEngine;
import dev.cmt.flow.FlowUnavailableException;
import dev.cmt.flow.Flows;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * One thing the doctor looks at. Engines are not asked whether they are there but opened as a run
 * opens them.
 *
 * @param subject what is looked at
 * @param look how
 */
record Examination(String subject, Function<String, Finding> look) {
  private static final long LEAST_MEMORY = 2L << 30;
  private static final long LEAST_DISK = 2L << 30;

  static List<Examination> all() {
    return List.of(
        new Examination("java", Examination::java),
        new Examination("processor", subject -> processor(subject, Path.of("/proc/cpuinfo"))),
        new Examination("memory", subject -> memory(subject, physicalMemory())),
        new Examination("disk (here)", subject -> disk(subject, Path.of(""))),
        new Examination(
            "disk (temporary)",
            subject -> disk(subject, Path.of(System.getProperty("java.io.tmpdir")))),
        new Examination("openmm", Examination::openMm),
        new Examination(
            "energy: openmm",
            subject -> energy(subject, EnergyEngine.OPENMM, OpenMmPlatform.REFERENCE)),
        new Examination(
            "energy: kernel", subject -> energy(subject, EnergyEngine.KERNEL, OpenMmPlatform.AUTO)),
        new Examination("flow: djl", Examination::djl),
        new Examination("flow: native", subject -> flow(subject, FlowEngine.NATIVE, "cpu")),
        new Examination("flow: cuda", Examination::cuda),
        new Examination("gpu", Examination::gpu));
  }

  /** Looks; whatever goes wrong is a finding too. */
  Finding make() {
    try {
      return look.apply(subject);
    } catch (EnergyUnavailableException | FlowUnavailableException e) {
      return Finding.missing(subject, firstSentence(e.getMessage()), rest(e.getMessage()));
    } catch (RuntimeException | LinkageError e) {
      return Finding.missing(
          subject,
          "does not work: " + e,
          "Run ./cmt doctor --verbose and report what it says with this line.");
    }
  }

  private static Finding java(String subject) {
    return Finding.good(
        subject,
        "%s, %s, %s"
            .formatted(
                System.getProperty("java.version"),
                System.getProperty("java.vm.name"),
                System.getProperty("java.home")));
  }

  static Finding processor(String subject, Path cpuInfo) {
    int cores = Runtime.getRuntime().availableProcessors();
    if (!System.getProperty("os.arch").equals("amd64")) {
      return Finding.missing(
          subject,
          System.getProperty("os.arch"),
          "The bundled libtorch is built for x86-64 Linux; use such a machine.");
    }
    try {
      Set<String> flags = instructionSets(cpuInfo);
      String found =
          "%d cores, %s"
              .formatted(
                  cores,
                  Stream.of("avx", "avx2", "fma", "avx512f", "amx_tile")
                      .filter(flags::contains)
                      .reduce((a, b) -> a + " " + b)
                      .orElse("no avx"));
      return flags.contains("avx2") && flags.contains("fma")
          ? Finding.good(subject, found)
          : Finding.note(subject, found, "Everything works without AVX2, several times slower.");
    } catch (IOException e) {
      return Finding.note(
          subject, cores + " cores, instruction sets unknown", "Cannot read " + cpuInfo + ".");
    }
  }

  private static Set<String> instructionSets(Path cpuInfo) throws IOException {
    try (Stream<String> lines = Files.lines(cpuInfo)) {
      return lines
          .filter(line -> line.startsWith("flags"))
          .findFirst()
          .map(line -> Set.of(line.substring(line.indexOf(':') + 1).strip().split("\\s+")))
          .orElse(Set.of());
    }
  }

  static Finding memory(String subject, long bytes) {
    String found =
        "%s, heap up to %s"
            .formatted(
                DescribeCommand.size(bytes),
                DescribeCommand.size(Runtime.getRuntime().maxMemory()));
    return bytes >= LEAST_MEMORY
        ? Finding.good(subject, found)
        : Finding.note(
            subject,
            found,
            "Less than %s is tight; ./cmt describe tells what a run needs."
                .formatted(DescribeCommand.size(LEAST_MEMORY)));
  }

  private static long physicalMemory() {
    // Knows the limits of a container.
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
  }

  private static Finding disk(String subject, Path directory) {
    Path absolute = directory.toAbsolutePath();
    long free = absolute.toFile().getUsableSpace();
    String found = "%s free at %s".formatted(DescribeCommand.size(free), absolute);
    if (!Files.isWritable(absolute)) {
      return Finding.note(subject, found + ", not writable", "Name a --run-dir that is writable.");
    }
    return free >= LEAST_DISK
        ? Finding.good(subject, found)
        : Finding.note(
            subject,
            found,
            "Runs may need more (./cmt describe tells): free some, or name a --run-dir on another"
                + " disk.");
  }

  private static Finding openMm(String subject) {
    OpenMmLibrary library = OpenMmLibrary.load();
    String found =
        "%s, platforms %s".formatted(library.version(), String.join(", ", library.platforms()));
    return library.platforms().contains("CPU")
        ? Finding.good(subject, found)
        : Finding.note(subject, found, library.cpuPlugin());
  }

  private static Finding energy(String subject, EnergyEngine engine, OpenMmPlatform platform) {
    try (PotentialEnergy energy =
        PotentialEnergies.open(BuiltInSystems.load("alanine-dipeptide"), engine, platform)) {
      return Finding.good(subject, energy.engineDescription());
    }
  }

  private static Finding flow(String subject, FlowEngine engine, String device) {
    FlowArchitecture smallest =
        new FlowArchitecture(
            List.of(new FlowChannel("x", 2, false, false)),
            1,
            List.of(8),
            Activation.RELU,
            false,
            2,
            1);
    try (Flow flow = Flows.open(smallest, engine, device, 1, 1)) {
      return Finding.good(subject, flow.engineDescription());
    }
  }

  private static Finding djl(String subject) {
    return Flows.isIncluded(FlowEngine.DJL)
        ? flow(subject, FlowEngine.DJL, "cpu")
        : Finding.note(
            subject,
            "not in this bundle; the native engine computes flows",
            "Only flow.engine = djl needs it: ./cmt bundle --with-torch puts it in.");
  }

  /** The engine on the first GPU, if both are there. */
  static Finding cuda(String subject) {
    try {
      return flow(subject, FlowEngine.CUDA, "gpu:0");
    } catch (FlowUnavailableException e) {
      return Finding.note(subject, firstSentence(e.getMessage()), rest(e.getMessage()));
    }
  }

  private static Finding gpu(String subject) {
    try {
      return flow(subject, FlowEngine.DJL, "gpu:0");
    } catch (FlowUnavailableException e) {
      return Finding.note(subject, "none that libtorch can use", firstSentence(e.getMessage()));
    }
  }

  private static String firstSentence(String message) {
    int end = message.indexOf(". ");
    return end < 0 ? message : message.substring(0, end + 1);
  }

  private static String rest(String message) {
    int end = message.indexOf(". ");
    return end < 0 ? "" : message.substring(end + 2);
  }
}
