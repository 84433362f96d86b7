package dev.cmt.flow.cuda;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the build makes the GPU library, and what it says if not; with a toolkit of paper. */
class CudaBuildTest {
  private static final Path SCRIPT = Path.of("src/main/cuda/build.sh");

  @TempDir private Path directory;

  @Test
  void buildsOnceAndPutsTheLibraryWhereItBelongs() throws Exception {
    Path toolkit = toolkit();
    Path library = directory.resolve("classes/libcmtflowcuda.so");

    assertThat(build(toolkit)).startsWith("cmt: the GPU flow engine is built by " + toolkit);
    assertThat(Files.readString(library))
        .contains("arch=compute_80", "code=sm_90", "cuda_flow.cu", "lib64/libcublasLt.so.13");
    assertThat(build(toolkit)).isEqualTo("cmt: the GPU flow engine is up to date\n");
  }

  /** What an earlier build made would need what is not there any more. */
  @Test
  void leavesNoLibraryWhereCublasIsGone() throws Exception {
    Path installed = Path.of("/usr/local/cuda/include/cublasLt.h");
    if (Files.exists(installed)) {
      String here = "cuda: the build finds cuBLAS here whatever a test hides: " + installed;
      System.out.println(here);
      abort(here);
    }
    Path toolkit = toolkit();
    Path library = directory.resolve("classes/libcmtflowcuda.so");
    build(toolkit);
    assertThat(library).exists();
    Files.delete(toolkit.resolve("include/cublasLt.h"));

    assertThat(build(toolkit))
        .startsWith("cmt: the GPU flow engine is not built: nvcc is there, but not cublasLt.h")
        .contains("CUBLAS_HOME");
    assertThat(library).doesNotExist();
  }

  /** Its nvcc writes down how it was called. */
  private Path toolkit() throws IOException {
    Path home = directory.resolve("toolkit");
    for (String name : new String[] {"bin", "include", "lib64"}) {
      Files.createDirectories(home.resolve(name));
    }
    Files.createFile(home.resolve("include/cublasLt.h"));
    Files.createFile(home.resolve("lib64/libcublasLt.so.13"));
    Path nvcc = home.resolve("bin/nvcc");
    Files.writeString(
        nvcc,
        """
        #!/bin/sh
        for last; do :; done
        [ "$last" = --version ] && echo release 0 || echo "$@" >"$last"
        """);
    Files.setPosixFilePermissions(nvcc, PosixFilePermissions.fromString("rwxr-xr-x"));
    return home;
  }

  private String build(Path cudaHome) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
                SCRIPT.toAbsolutePath().toString(),
                directory.resolve("build").toString(),
                directory.resolve("classes").toString())
            .redirectErrorStream(true);
    builder.environment().put("CUDA_HOME", cudaHome.toString());
    builder.environment().remove("CUBLAS_HOME");
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }
}
