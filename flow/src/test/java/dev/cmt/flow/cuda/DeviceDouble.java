package dev.cmt.flow.cuda;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The engine's CUDA sources compiled by g++ against a double of the device: see {@code
 * device_double.h}. Of its devices, which share 128 MiB, 0 takes items forwards and works at once,
 * 1 takes them backwards and puts off what no other stream waits for, 2 is lost once it has worked.
 */
public final class DeviceDouble {
  static final int FORWARDS = 0;
  static final int CONTRARY = 1;
  static final int LOST = 2;
  static final int NOT_THERE = 3;

  private static final Path SOURCES = Path.of("src/main/cuda");
  private static final Path LIBRARY = Path.of("target/cuda-double/libcmtflowcuda.so");

  private DeviceDouble() {}

  /**
   * While it is open, the double is what {@code Flows} opens as the engine CUDA, with its device 0
   * as gpu:0.
   */
  public static AutoCloseable asTheLibrary() {
    System.setProperty(CudaLibrary.PROPERTY, library());
    return () -> System.clearProperty(CudaLibrary.PROPERTY);
  }

  /** The library; made at the first call, and whenever sources have changed. */
  public static synchronized String library() {
    try {
      if (!isUpToDate()) {
        compile();
      }
      return LIBRARY.toAbsolutePath().toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isUpToDate() throws IOException {
    if (!Files.exists(LIBRARY)) {
      return false;
    }
    try (Stream<Path> cuda = Files.list(SOURCES);
        Stream<Path> cpp = Files.list(SOURCES.resolve("../cpp"))) {
      long newest =
          Stream.concat(cuda, cpp).mapToLong(file -> file.toFile().lastModified()).max().orElse(0);
      return LIBRARY.toFile().lastModified() > newest;
    }
  }

  private static void compile() throws IOException {
    Files.createDirectories(LIBRARY.getParent());
    Process compiler =
        new ProcessBuilder(
                List.of(
                    "g++",
                    "-std=c++17",
                    "-O2",
                    "-fPIC",
                    "-shared",
                    "-fvisibility=hidden",
                    "-x",
                    "c++",
                    SOURCES.resolve("cuda_flow.cu").toString(),
                    "-o",
                    LIBRARY.toString()))
            .redirectErrorStream(true)
            .start();
    String said = new String(compiler.getInputStream().readAllBytes(), UTF_8);
    try {
      if (compiler.waitFor() != 0) {
        throw new IOException("g++ cannot compile the CUDA sources for the double:\n" + said);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while g++ compiled.", e);
    }
  }
}
