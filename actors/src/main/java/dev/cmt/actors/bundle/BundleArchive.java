package dev.cmt.actors.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A bundle as one file that {@code tar xf} unpacks. */
public final class BundleArchive {
  /** How such files' names end. */
  public static final String SUFFIX = ".tar.xz";

  private BundleArchive() {}

  /**
   * Packs a bundle, whose directory's name becomes the archive's only top entry. The same bundle
   * gives the same bytes.
   *
   * @param archive is written whole or not at all
   * @throws BundleException if tar or xz is missing or fails
   */
  public static void pack(Path bundle, Path archive) throws IOException, InterruptedException {
    Path absolute = archive.toAbsolutePath();
    Path partial = absolute.resolveSibling("." + absolute.getFileName() + ".partial");
    try {
      run(
          "tar",
          // Threads cut the input into blocks: as many of them on every machine, for the same
          // bytes.
          "--use-compress-program=xz -6 --threads=2",
          "--create",
          "--format=ustar",
          "--sort=name",
          "--owner=0",
          "--group=0",
          "--numeric-owner",
          "--mtime=1980-02-01 00:00:00Z",
          "--directory=" + bundle.toAbsolutePath().getParent(),
          "--file=" + partial,
          bundle.getFileName().toString());
      Files.move(partial, absolute, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new BundleException(
          "%s does not start; install tar and xz-utils, or make a folder.".formatted(command[0]),
          e);
    }
    try (InputStream out = process.getInputStream()) {
      String said = new String(out.readAllBytes(), StandardCharsets.UTF_8).strip();
      if (process.waitFor() != 0) {
        throw new BundleException("Packing failed (tar and xz are needed): " + said);
      }
    }
  }
}
