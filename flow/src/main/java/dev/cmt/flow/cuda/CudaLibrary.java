package dev.cmt.flow.cuda;

import dev.cmt.flow.FlowUnavailableException;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;

/** Finds the GPU library, which the build makes only where a CUDA toolkit is. */
final class CudaLibrary {
  /** System property that names the library's file, in place of the one that came with this CMT. */
  static final String PROPERTY = "cmt.cuda.library";

  private static final String FILE = "libcmtflowcuda.so";
  private static final String RESOURCE = "linux-x86_64/" + FILE;

  private CudaLibrary() {}

  /** Whether there is a library; it may still not load. */
  static boolean isIncluded() {
    return System.getProperty(PROPERTY) != null
        || unpacked().isPresent()
        || CudaLibrary.class.getResource(RESOURCE) != null;
  }

  /**
   * Where the library lies.
   *
   * @throws FlowUnavailableException if there is none
   */
  static String path() {
    String named = System.getProperty(PROPERTY);
    if (named != null) {
      return named;
    }
    Optional<File> unpacked = unpacked();
    if (unpacked.isEmpty() && CudaLibrary.class.getResource(RESOURCE) == null) {
      throw new FlowUnavailableException(
          "This CMT was built without its GPU engine. Build it where the CUDA toolkit (nvcc) and cuBLAS with its"
              + " headers are, which CUDA_HOME and CUBLAS_HOME may name; or choose the device cpu, or the engine djl.");
    }
    return unpacked.orElseGet(CudaLibrary::unpack).getPath();
  }

  /**
   * Loads a library; one that is loaded already is not loaded again.
   *
   * @throws FlowUnavailableException if it does not load
   */
  static CudaNative.Library load(String path) {
    try {
      return new CudaNative.Library(path);
    } catch (RuntimeException e) {
      throw new FlowUnavailableException(
          "The GPU engine does not load (%s). It needs the cuBLAS of the CUDA that it was built with, libcublasLt, whose directory LD_LIBRARY_PATH may name; or choose the device cpu."
              .formatted(e.getMessage()),
          e);
    }
  }

  /** In a bundle the library lies unpacked. */
  private static Optional<File> unpacked() {
    return Arrays.stream(System.getProperty("java.library.path", "").split(File.pathSeparator))
        .filter(directory -> !directory.isEmpty())
        .map(directory -> new File(directory, FILE).getAbsoluteFile())
        .filter(File::isFile)
        .findFirst();
  }

  private static File unpack() {
    try {
      return Loader.cacheResource(CudaLibrary.class, RESOURCE);
    } catch (IOException e) {
      throw new UncheckedIOException("The GPU engine cannot be unpacked.", e);
    }
  }
}
