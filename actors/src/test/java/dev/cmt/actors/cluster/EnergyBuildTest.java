package dev.cmt.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnergyBuildTest {
  private static final Map<String, String> FILES =
      new TreeMap<>(
          Map.of(
              "dev/cmt/energy/Target.class", "code",
              "dev/cmt/energy/kernel/libkernel.so", "native"));

  @TempDir private Path directory;

  private Path jar(String name, Map<String, String> files) throws IOException {
    Path jar = directory.resolve(name);
    try (OutputStream out = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry("META-INF/MANIFEST.MF"));
      zip.write(name.getBytes(java.nio.charset.StandardCharsets.UTF_8));
      for (Map.Entry<String, String> file : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey()));
        zip.write(file.getValue().getBytes(java.nio.charset.StandardCharsets.UTF_8));
      }
    }
    return jar;
  }

  private Path classes(Map<String, String> files) throws IOException {
    Path classes = directory.resolve("classes");
    for (Map.Entry<String, String> file : files.entrySet()) {
      Path path = classes.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.writeString(path, file.getValue());
    }
    return classes;
  }

  @Test
  void onlyWhatIsInTheEnergyRoomCounts() throws IOException {
    String one = EnergyBuild.fingerprint(jar("one.jar", FILES));
    assertThat(one).matches("[0-9a-f]{64}");
    assertThat(EnergyBuild.fingerprint(jar("two.jar", FILES))).isEqualTo(one);
    assertThat(EnergyBuild.fingerprint(classes(FILES))).isEqualTo(one);
  }

  @Test
  void anotherClassLibraryOrNameIsAnotherBuild() throws IOException {
    String one = EnergyBuild.fingerprint(jar("one.jar", FILES));
    Map<String, String> recompiled = new TreeMap<>(FILES);
    recompiled.put("dev/cmt/energy/kernel/libkernel.so", "nativf");
    Map<String, String> renamed = new TreeMap<>(FILES);
    renamed.put(
        "dev/cmt/energy/kernel/libkernel2.so",
        renamed.remove("dev/cmt/energy/kernel/libkernel.so"));
    assertThat(EnergyBuild.fingerprint(jar("a.jar", recompiled))).isNotEqualTo(one);
    assertThat(EnergyBuild.fingerprint(jar("b.jar", renamed))).isNotEqualTo(one);
  }

  @Test
  void thisProcessHasOne() {
    assertThat(EnergyBuild.fingerprint()).matches("[0-9a-f]{64}");
  }
}
