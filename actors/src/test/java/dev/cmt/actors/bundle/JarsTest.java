package dev.cmt.actors.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JarsTest {
  @TempDir Path directory;

  private Path jar(String file, long date, String... names) throws IOException {
    Path jar = directory.resolve(file);
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      for (String name : names) {
        ZipEntry entry = new ZipEntry(name);
        entry.setTime(date);
        out.putNextEntry(entry);
        if (!name.endsWith("/")) {
          out.write(name.getBytes(StandardCharsets.UTF_8));
        }
      }
    }
    return jar;
  }

  @Test
  void theSameContentIsTheSameBytesWhateverItsOrderAndDate() throws IOException {
    Path one = jar("one.jar", 1_000_000_000_000L, "b/", "b/x", "META-INF/MANIFEST.MF", "a");
    Path two = jar("two.jar", 1_700_000_000_000L, "a", "META-INF/MANIFEST.MF", "b/", "b/x");

    Jars.copy(one, directory.resolve("copy-of-one"), name -> true);
    Jars.copy(two, directory.resolve("copy-of-two"), name -> true);

    assertThat(directory.resolve("copy-of-one"))
        .hasSameBinaryContentAs(directory.resolve("copy-of-two"));
    try (ZipFile copy = new ZipFile(directory.resolve("copy-of-one").toFile())) {
      List<String> names = Collections.list(copy.entries()).stream().map(Object::toString).toList();
      assertThat(names).containsExactly("META-INF/MANIFEST.MF", "a", "b/", "b/x");
      assertThat(copy.getInputStream(copy.getEntry("b/x"))).hasContent("b/x");
    }
  }

  @Test
  void leavesOutWhatIsNotWanted() throws IOException {
    Path copy = directory.resolve("copy.jar");

    Jars.copy(jar("all.jar", 0, "keep", "lib/native.so"), copy, name -> !name.endsWith(".so"));

    try (ZipFile jar = new ZipFile(copy.toFile())) {
      assertThat(jar.stream().map(ZipEntry::getName)).containsExactly("keep");
    }
  }

  /** A manifest's lines end after 72 bytes; a class path is longer. */
  @Test
  void theStartJarLeadsToAllOthers() throws Exception {
    List<String> names =
        IntStream.range(0, 40).mapToObj("library-number-%d.jar"::formatted).toList();
    for (String name : names) {
      jar(name, 0, "in-" + name);
    }

    Jars.writeStart(directory, names, "Main");

    URL[] start = {directory.resolve(Jars.START).toUri().toURL()};
    try (URLClassLoader loader = new URLClassLoader(start, null)) {
      for (String name : names) {
        try (InputStream found = loader.getResourceAsStream("in-" + name)) {
          assertThat(found).as(name).hasContent("in-" + name);
        }
      }
    }
  }

  @Test
  void unpacksFilesWithoutTheirDirectories() throws IOException {
    Path jar = jar("natives.jar", 0, "some/where/one.so", "two.so", "three.txt");
    Path target = Files.createDirectory(directory.resolve("natives"));

    assertThat(Jars.unpack(jar, name -> name.endsWith(".so"), target)).isEqualTo(2);

    assertThat(target.resolve("one.so")).hasContent("some/where/one.so");
    assertThat(target.resolve("two.so")).hasContent("two.so");
    assertThat(target.resolve("three.txt")).doesNotExist();
  }
}
