package dev.cmt.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** A small file system of its own, which a test may fill; only root may mount one. */
final class SmallDisk implements AutoCloseable {
  private final Path root;

  private SmallDisk(Path root) {
    this.root = root;
  }

  /**
   * Mounts a tmpfs, or says loudly that the test is left out.
   *
   * @param root an empty directory
   */
  static SmallDisk mount(Path root, int mebibytes) throws Exception {
    boolean mounted = tryMount(root, mebibytes);
    System.out.println(
        mounted
            ? "full disk: on a tmpfs of %d MiB".formatted(mebibytes)
            : "full disk: NOT TESTED, because this user may not mount a tmpfs");
    Assumptions.assumeTrue(mounted, "may not mount a tmpfs");
    return new SmallDisk(root);
  }

  private static boolean tryMount(Path root, int mebibytes) throws Exception {
    try {
      return new ProcessBuilder(
                  "mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "tmpfs", root.toString())
              .redirectErrorStream(true)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false; // no such command
    }
  }

  Path root() {
    return root;
  }

  /** Fills it but for so many bytes. */
  void fill(long leave) throws IOException {
    Files.write(filler(), new byte[(int) (root.toFile().getUsableSpace() - leave)]);
  }

  /** Takes away what {@link #fill} put there. */
  void empty() throws IOException {
    Files.delete(filler());
  }

  private Path filler() {
    return root.resolve("filler");
  }

  @Override
  public void close() throws IOException {
    Process umount = new ProcessBuilder("umount", "-l", root.toString()).start();
    assertThat(umount.onExit().join().exitValue()).isZero();
  }
}
