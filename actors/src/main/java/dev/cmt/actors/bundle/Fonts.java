package dev.cmt.actors.bundle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The font of a report's figures. Java draws no text without one, and a bare machine has none, nor
 * fontconfig to look for it.
 */
final class Fonts {
  private static final Map<String, String> FACES =
      new TreeMap<>(
          Map.of("DejaVuSans", "DejaVuSans.ttf", "DejaVuSansBold", "DejaVuSans-Bold.ttf"));

  /** Java's logical fonts. */
  private static final List<String> NAMES =
      List.of("dialog", "dialoginput", "monospaced", "sansserif", "serif");

  private Fonts() {}

  /**
   * Copies DejaVu Sans from this machine and writes the {@code fontconfig.properties} that maps
   * every logical font to it.
   *
   * @param home of a Java runtime
   * @param directory where this machine has fonts
   * @return the copied files' originals
   * @throws BundleException if the machine has no DejaVu Sans
   */
  static List<Path> write(Path home, Path directory) throws IOException {
    Path fonts = Files.createDirectories(home.resolve("lib/fonts"));
    List<Path> originals = new ArrayList<>();
    List<String> lines = new ArrayList<>(List.of("version=1", "sequence.allfonts=latin"));
    for (Map.Entry<String, String> face : FACES.entrySet()) {
      Path original = find(directory, face.getValue());
      Files.copy(original, fonts.resolve(face.getValue()));
      originals.add(original);
      lines.add("filename.%s=$JRE_LIB_FONTS/%s".formatted(face.getKey(), face.getValue()));
    }
    for (String name : NAMES) {
      lines.add(name + ".plain.latin=DejaVuSans");
      lines.add(name + ".italic.latin=DejaVuSans");
      lines.add(name + ".bold.latin=DejaVuSansBold");
      lines.add(name + ".bolditalic.latin=DejaVuSansBold");
    }
    Files.write(home.resolve("lib/fontconfig.properties"), lines);
    return originals;
  }

  private static Path find(Path directory, String name) throws IOException {
    if (Files.isDirectory(directory)) {
      try (Stream<Path> files = Files.walk(directory)) {
        List<Path> found = files.filter(file -> file.endsWith(name)).sorted().toList();
        if (!found.isEmpty()) {
          return found.get(0);
        }
      }
    }
    throw new BundleException(
        "There is no %s below %s, which a report's figures need on machines without fonts. Install it: apt-get install fonts-dejavu-core."
            .formatted(name, directory));
  }
}
