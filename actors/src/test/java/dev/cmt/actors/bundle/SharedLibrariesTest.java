package dev.cmt.actors.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedLibrariesTest {
  private static final Path JAVA = Path.of(System.getProperty("java.home"));

  @TempDir Path directory;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  @Test
  void theNewestSymbolDecidesWhichGlibcWillDo() throws IOException {
    Path old = file("old.so", "..GLIBC_2.17\0GLIBC_2.2.5\0GLIBC_PRIVATE\0");
    Path recent = file("recent.so", "GLIBC_2.9\0GLGLIBC_2.34\0GLIBC_2.3");
    Path none = file("none.so", "GLIBCXX_3.4.30 GLIBC_2.");

    assertThat(SharedLibraries.oldestGlibc(List.of(old))).isEqualTo(17);
    assertThat(SharedLibraries.oldestGlibc(List.of(old, recent, none))).isEqualTo(34);
    assertThat(SharedLibraries.oldestGlibc(List.of(none))).isZero();
  }

  /** Java's own zip library asks for zlib or has it inside; of glibc nothing is ever taken. */
  @Test
  void takesLibrariesOfTheMachineAndLeavesGlibc() throws Exception {
    List<Path> files = List.of(JAVA.resolve("lib/libzip.so"), JAVA.resolve("lib/server/libjvm.so"));

    assertThat(SharedLibraries.needed(files, JAVA))
        .allSatisfy(
            (name, path) -> {
              assertThat(name).doesNotMatch("(libc|libm|libdl|libpthread|ld-linux.*)\\.so.*");
              assertThat(path).isRegularFile();
              assertThat(path.startsWith(JAVA)).isFalse();
            });
  }

  /** A build with the GPU engine can be bundled on a machine that has no cuBLAS for it. */
  @Test
  void leavesCublasToMachinesWithAGpu() throws Exception {
    Path source = file("empty.c", "");
    Path cublas = directory.resolve("libcublasLt.so.13");
    Path engine = directory.resolve("engine.so");
    compile(source, cublas, "-Wl,-soname,libcublasLt.so.13");
    compile(source, engine, "-Wl,--no-as-needed", cublas.toString());
    Files.delete(cublas);

    assertThat(SharedLibraries.needed(List.of(engine), directory))
        .doesNotContainKey("libcublasLt.so.13");
  }

  private static void compile(Path source, Path library, String... options) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("g++", "-shared", "-x", "c", source.toString(), "-x", "none"));
    command.addAll(List.of(options));
    command.addAll(List.of("-o", library.toString()));
    Process compiler = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(compiler.waitFor()).as(said).isZero();
  }

  /**
   * libjava needs libjvm, which lies elsewhere in the runtime: not missing if the bundle has it.
   */
  @Test
  void whatTheBundleHasIsNotMissing() throws Exception {
    Path java = JAVA.resolve("lib/libjava.so");
    Path jvm = JAVA.resolve("lib/server/libjvm.so");

    assertThat(SharedLibraries.needed(List.of(java, jvm), JAVA)).doesNotContainKey("libjvm.so");
    assertThatThrownBy(() -> SharedLibraries.needed(List.of(java), JAVA))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("libjvm.so is not on this machine");
  }
}
