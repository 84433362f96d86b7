package dev.cmt.actors.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibtorchTest {
  private static final String PROPERTIES =
      "version=2.7.1-20250812\nflavor=cpu\nclassifier=linux-x86_64\nlibraries=libc10.so,libgomp-9.so.1\n";

  @TempDir Path directory;

  private Path jar(String name, Map<String, String> entries) throws IOException {
    Path jar = directory.resolve(name);
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      for (Map.Entry<String, String> entry : entries.entrySet()) {
        out.putNextEntry(new ZipEntry(entry.getKey()));
        out.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
      }
    }
    return jar;
  }

  private List<Path> jars(String glue) throws IOException {
    return List.of(
        jar(
            "pytorch-native-cpu-2.7.1-linux-x86_64.jar",
            Map.of(
                "native/lib/pytorch.properties",
                PROPERTIES,
                "pytorch/cpu/linux-x86_64/libc10.so",
                "c10",
                "pytorch/cpu/linux-x86_64/libgomp-9.so.1",
                "gomp")),
        jar("pytorch-jni-2.7.1-0.35.1.jar", Map.of(glue, "glue")));
  }

  @Test
  void liesWhereDjlUnpacksIt() throws IOException {
    List<Path> jars = jars("jnilib/linux-x86_64/cpu/libdjl_torch.so");

    Libtorch.unpack(jars, directory.resolve("torch"));

    Path cache = directory.resolve("torch/pytorch/2.7.1-20250812-cpu-linux-x86_64");
    assertThat(cache.resolve("libc10.so")).hasContent("c10");
    assertThat(cache.resolve("libgomp-9.so.1")).hasContent("gomp");
    assertThat(cache.resolve("0.35.1-libdjl_torch.so")).hasContent("glue");
  }

  @Test
  void refusesJarsOfAnotherLayout() throws IOException {
    List<Path> jars = jars("jnilib/libdjl_torch.so");

    assertThatThrownBy(() -> Libtorch.unpack(jars, directory.resolve("torch")))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("not laid out as expected");
    assertThatThrownBy(() -> Libtorch.unpack(List.of(), directory.resolve("torch")))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("pytorch-native-cpu-");
  }

  @Test
  void librariesLieInTheBundleOnce() {
    assertThat(Libtorch.isLibrary("pytorch/cpu/linux-x86_64/libgomp-9.so.1")).isTrue();
    assertThat(Libtorch.isLibrary("jnilib/pytorch.properties")).isTrue();
    assertThat(Libtorch.isLibrary("native/lib/pytorch.properties")).isFalse();
  }
}
