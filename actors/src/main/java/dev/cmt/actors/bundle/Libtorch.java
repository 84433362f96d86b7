package dev.cmt.actors.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Libtorch as DJL leaves it after it has unpacked its jars, so that a bundle need not unpack 430 MB
 * into a home directory which it may not have.
 */
final class Libtorch {
  private static final String PROPERTIES = "native/lib/pytorch.properties";

  private Libtorch() {}

  /** Whether a jar is of use only with libtorch. */
  static boolean isPart(Path jar) {
    return jar.getFileName().toString().startsWith("pytorch-");
  }

  /** Whether an entry of such a jar is a library, which {@link #unpack} writes as a file. */
  static boolean isLibrary(String entry) {
    return entry.startsWith("jnilib/") || entry.matches("pytorch/.*\\.so(\\.\\d+)?");
  }

  /**
   * Writes the libraries.
   *
   * @param jars of the class path
   * @param cache what {@code DJL_CACHE_DIR} is to name
   * @throws BundleException if libtorch is not among the jars
   */
  static void unpack(List<Path> jars, Path cache) throws IOException {
    Path natives = jar(jars, "pytorch-native-cpu-");
    Path glue = jar(jars, "pytorch-jni-");
    Properties properties = properties(natives);
    String classifier = properties.getProperty("classifier");
    String flavor = properties.getProperty("flavor");
    // DJL's own name for it.
    Path directory =
        Files.createDirectories(
            cache
                .resolve("pytorch")
                .resolve(String.join("-", properties.getProperty("version"), flavor, classifier)));
    String folder = "pytorch/%s/%s/".formatted(flavor, classifier);
    Set<String> libraries = Set.of(properties.getProperty("libraries").split(","));
    int unpacked =
        Jars.unpack(
            natives,
            name -> name.startsWith(folder) && libraries.contains(name.substring(folder.length())),
            directory);
    String name = "libdjl_torch.so";
    String inGlue = "jnilib/%s/%s/%s".formatted(classifier, flavor, name);
    if (unpacked != libraries.size() || Jars.unpack(glue, inGlue::equals, directory) != 1) {
      throw new BundleException("%s and %s are not laid out as expected.".formatted(natives, glue));
    }
    Files.move(directory.resolve(name), directory.resolve(version(glue) + "-" + name));
  }

  /** DJL's version: the last part of the glue's, {@code pytorch-jni-2.7.1-0.35.1.jar}. */
  private static String version(Path glue) {
    String name = glue.getFileName().toString();
    return name.substring(name.lastIndexOf('-') + 1, name.length() - ".jar".length());
  }

  private static Path jar(List<Path> jars, String prefix) {
    return jars.stream()
        .filter(jar -> jar.getFileName().toString().startsWith(prefix))
        .findFirst()
        .orElseThrow(
            () -> new BundleException("No %s*.jar is on the class path.".formatted(prefix)));
  }

  private static Properties properties(Path natives) throws IOException {
    Properties properties = new Properties();
    try (ZipFile jar = new ZipFile(natives.toFile())) {
      ZipEntry entry = jar.getEntry(PROPERTIES);
      if (entry == null) {
        throw new BundleException("%s has no %s.".formatted(natives, PROPERTIES));
      }
      try (InputStream in = jar.getInputStream(entry)) {
        properties.load(new java.io.InputStreamReader(in, StandardCharsets.UTF_8));
      }
    }
    return properties;
  }
}
