package dev.cmt.actors.bundle;

import dev.cmt.actors.config.ProductVersion;
import dev.cmt.buffer.DirectoryTree;
import dev.cmt.energy.openmm.OpenMmLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A folder with everything CMT needs but glibc:
 *
 * <pre>
 *   cmt          the launcher, POSIX sh
 *   jre/         a Java runtime, with a font
 *   lib/         jars; cmt.jar lists the others
 *   natives/     OpenMM with its CPU platform, our bindings, and what libraries they need
 *   torch/       libtorch, if asked for
 *   config/      run files, and the JVM's options
 *   licences/    of what comes from this machine's packages
 * </pre>
 *
 * <p>May be read-only and lie anywhere. The energy room's classes, native code and force fields are
 * this build's, byte for byte, so that nodes of a bundle and heads of a checkout let each other in.
 *
 * @param directory where it lies
 * @param bytes its size
 * @param glibc needs glibc 2.{@code glibc} or newer
 * @param unlicensed libraries of this machine whose licences were not found: to be added before the
 *     bundle is given to others
 */
public record Bundle(Path directory, long bytes, int glibc, List<Path> unlicensed) {
  private static final Path SYSTEM_FONTS = Path.of("/usr/share/fonts");

  /** A command line's main class. */
  private static final String MAIN = "dev.cmt.actors.cli.Main";

  /**
   * Makes a bundle.
   *
   * @param target must not exist; its parent must
   * @param root the checkout, for {@code config/} and the licence
   * @param jars the class path of this build
   * @param torch whether libtorch comes along
   * @param progress told what is done next
   * @throws BundleException if this machine lacks something
   * @throws dev.cmt.energy.EnergyUnavailableException if it lacks OpenMM
   * @throws IOException if files cannot be read or written; nothing is left then
   */
  public static Bundle make(
      Path target, Path root, List<Path> jars, boolean torch, Consumer<String> progress)
      throws IOException, InterruptedException {
    for (Path jar : jars) {
      if (!Files.isRegularFile(jar)) {
        throw new BundleException(
            "%s on the class path is no jar. Make bundles with the launcher, ./cmt bundle."
                .formatted(jar));
      }
    }
    Path absolute = target.toAbsolutePath().normalize();
    Path partial = absolute.resolveSibling("." + absolute.getFileName() + ".partial");
    DirectoryTree.delete(partial);
    try {
      Files.createDirectory(partial);
      Bundle made = new Maker(partial, root, jars, torch, progress).make();
      Files.move(partial, absolute);
      return new Bundle(absolute, made.bytes, made.glibc, made.unlicensed);
    } finally {
      DirectoryTree.delete(partial);
    }
  }

  /** Removes a folder that {@link #make} wrote, if it is there. */
  public static void delete(Path directory) throws IOException {
    DirectoryTree.delete(directory);
  }

  private record Maker(
      Path home, Path root, List<Path> jars, boolean torch, Consumer<String> progress) {

    Bundle make() throws IOException, InterruptedException {
      progress.accept("Java runtime");
      JavaRuntime.write(home.resolve("jre"));
      List<Path> fromMachine = new ArrayList<>(Fonts.write(home.resolve("jre"), SYSTEM_FONTS));
      progress.accept("jars");
      writeJars();
      if (torch) {
        progress.accept("libtorch");
        Libtorch.unpack(jars, home.resolve("torch"));
      }
      progress.accept("native libraries");
      fromMachine.addAll(writeNatives());
      FileTree.copy(root.resolve("config"), home.resolve("config"));
      writeOptions();
      List<Path> unlicensed = Licences.copy(fromMachine, home.resolve("licences"));
      Files.copy(root.resolve("LICENSE"), home.resolve("licences/cmt"));
      int glibc = SharedLibraries.oldestGlibc(nativeFiles());
      writeLauncher(glibc);
      FileTree.settle(home);
      return new Bundle(home, FileTree.bytes(home), glibc, unlicensed);
    }

    private void writeJars() throws IOException {
      Path lib = Files.createDirectory(home.resolve("lib"));
      List<String> names = new ArrayList<>();
      for (Path jar : jars) {
        if (!torch && Libtorch.isPart(jar)) {
          continue;
        }
        String name = jar.getFileName().toString();
        Jars.copy(
            jar, lib.resolve(name), entry -> !Libtorch.isPart(jar) || !Libtorch.isLibrary(entry));
        names.add(name);
      }
      Jars.writeStart(lib, names, MAIN);
    }

    /** Returns what was copied from this machine. */
    private List<Path> writeNatives() throws IOException, InterruptedException {
      Path natives = Files.createDirectory(home.resolve("natives"));
      int ours = 0;
      for (Path jar : jars) {
        if (jar.getFileName().toString().startsWith("cmt-")) {
          ours += Jars.unpack(jar, name -> name.endsWith(".so"), natives);
        }
      }
      if (ours == 0) {
        throw new BundleException("No native library of CMT is on the class path: " + jars);
      }
      List<Path> copied = new ArrayList<>();
      OpenMmLibrary openMm = OpenMmLibrary.load();
      if (!openMm.platforms().contains("CPU")) {
        throw new BundleException("OpenMM's CPU platform is missing: " + openMm.cpuPlugin());
      }
      Path plugin = Path.of(openMm.cpuPlugin());
      Path plugins = Files.createDirectory(natives.resolve("plugins"));
      Files.copy(plugin, plugins.resolve(plugin.getFileName().toString()));
      copied.add(plugin);
      for (Map.Entry<String, Path> library :
          SharedLibraries.needed(nativeFiles(), home).entrySet()) {
        Files.copy(library.getValue().toRealPath(), natives.resolve(library.getKey()));
        copied.add(library.getValue());
      }
      return copied;
    }

    /** The JVM's options without those for modules that the runtime has not. */
    private void writeOptions() throws IOException {
      Path options = home.resolve("config/jvm.options");
      List<String> kept =
          Files.readAllLines(options).stream()
              .filter(
                  line ->
                      !line.startsWith("--add-")
                          || JavaRuntime.MODULES.contains(line.split("[ /]")[1]))
              .toList();
      Files.write(options, kept);
    }

    private void writeLauncher(int glibc) throws IOException {
      String script;
      try (InputStream in = Bundle.class.getResourceAsStream("cmt.sh")) {
        script = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      }
      Path launcher = home.resolve("cmt");
      Files.writeString(launcher, script.replace("@GLIBC@", Integer.toString(glibc)));
      Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
      Files.writeString(
          home.resolve("bundle.properties"),
          "version = %s\njava = %s\nglibc = 2.%d\nlibtorch = %s\n"
              .formatted(
                  ProductVersion.current(), System.getProperty("java.version"), glibc, torch));
    }

    private List<Path> nativeFiles() throws IOException {
      return FileTree.files(home).stream()
          .filter(
              file ->
                  file.getFileName().toString().matches(".*\\.so(\\.\\d+)*")
                      || file.getParent().equals(home.resolve("jre/bin")))
          .toList();
    }
  }
}
