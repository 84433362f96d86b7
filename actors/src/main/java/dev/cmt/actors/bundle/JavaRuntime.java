package dev.cmt.actors.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The Java runtime of a bundle: only the modules that CMT needs, and a font for its figures. */
final class JavaRuntime {
  /**
   * What CMT and its libraries refer to, as {@code jdeps --print-module-deps} tells, and what they
   * find only when they run: {@code jdk.crypto.ec} holds the curves of TLS, {@code jdk.zipfs} opens
   * jars as file systems, {@code jdk.unsupported} is how Chronicle and Agrona reach memory.
   */
  static final List<String> MODULES =
      List.of(
          "java.base",
          "java.compiler",
          "java.desktop",
          "java.management",
          "java.naming",
          "java.net.http",
          "java.sql",
          "jdk.crypto.ec",
          "jdk.jfr",
          "jdk.management",
          "jdk.unsupported",
          "jdk.zipfs");

  /** Windows and sound: CMT has neither, and they would ask for X11 and ALSA. */
  private static final List<String> LEFT_OUT =
      List.of("libawt_xawt.so", "libjawt.so", "libsplashscreen.so", "libjsound.so");

  private JavaRuntime() {}

  /**
   * Writes a runtime.
   *
   * @param home where; must not exist
   * @throws BundleException if this JDK cannot make one
   */
  static void write(Path home) throws IOException, InterruptedException {
    Path jlink = Path.of(System.getProperty("java.home"), "bin", "jlink");
    if (!Files.isExecutable(jlink)) {
      throw new BundleException(
          "There is no %s. Make bundles with a whole JDK (openjdk-17-jdk-headless), not with a runtime or another bundle."
              .formatted(jlink));
    }
    // In a process of its own: within this one, classes it generates would depend on what ran here
    // before.
    Process process =
        new ProcessBuilder(
                jlink.toString(),
                "--add-modules",
                String.join(",", MODULES),
                "--strip-java-debug-attributes",
                "--no-man-pages",
                "--no-header-files",
                "--output",
                home.toString())
            .redirectErrorStream(true)
            .start();
    try (InputStream out = process.getInputStream()) {
      String said = new String(out.readAllBytes(), StandardCharsets.UTF_8).strip();
      if (process.waitFor() != 0) {
        throw new BundleException("jlink failed: " + said);
      }
    }
    for (String name : LEFT_OUT) {
      Files.deleteIfExists(home.resolve("lib").resolve(name));
    }
  }
}
