package dev.cmt.actors.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Jars as a bundle holds them: entries in order of their names, all of one date, not compressed, so
 * that the same content is the same bytes, classes load without inflating, and an archive of the
 * bundle compresses across jars. What is in an entry never changes.
 */
final class Jars {
  /** What the launcher starts: its manifest lists all others. */
  static final String START = "cmt.jar";

  /** The earliest instant that every zip tool understands, in any time zone. */
  private static final java.time.LocalDateTime DATE = java.time.LocalDateTime.of(1980, 2, 1, 0, 0);

  private Jars() {}

  /**
   * Copies a jar.
   *
   * @param keep of which entries, by their names
   */
  static void copy(Path from, Path to, Predicate<String> keep) throws IOException {
    try (ZipFile source = new ZipFile(from.toFile());
        ZipOutputStream target = new ZipOutputStream(Files.newOutputStream(to))) {
      // The manifest comes first: JarInputStream looks for it nowhere else.
      List<? extends ZipEntry> entries =
          source.stream()
              .filter(entry -> keep.test(entry.getName()))
              .sorted(
                  Comparator.<ZipEntry, Boolean>comparing(
                          entry -> !entry.getName().startsWith("META-INF/"))
                      .thenComparing(entry -> !entry.getName().equals("META-INF/MANIFEST.MF"))
                      .thenComparing(ZipEntry::getName))
              .toList();
      for (ZipEntry entry : entries) {
        try (InputStream in = source.getInputStream(entry)) {
          put(target, entry.getName(), in.readAllBytes());
        }
      }
    }
  }

  /**
   * Writes the jar that the launcher starts.
   *
   * @param names of the other jars in the same directory, in the order of the class path
   */
  static void writeStart(Path directory, List<String> names, String mainClass) throws IOException {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.put(Attributes.Name.MAIN_CLASS, mainClass);
    main.put(Attributes.Name.CLASS_PATH, String.join(" ", names));
    java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
    manifest.write(bytes);
    try (ZipOutputStream target =
        new ZipOutputStream(Files.newOutputStream(directory.resolve(START)))) {
      put(target, "META-INF/MANIFEST.MF", bytes.toByteArray());
    }
  }

  /**
   * Writes files of a jar as files of a directory.
   *
   * @param which entries, by their names; their directories in the jar do not matter
   * @return how many
   */
  static int unpack(Path jar, Predicate<String> which, Path directory) throws IOException {
    int count = 0;
    try (ZipFile source = new ZipFile(jar.toFile())) {
      for (ZipEntry entry : source.stream().filter(e -> which.test(e.getName())).toList()) {
        String name = entry.getName().substring(entry.getName().lastIndexOf('/') + 1);
        try (InputStream in = source.getInputStream(entry);
            OutputStream out = Files.newOutputStream(directory.resolve(name))) {
          in.transferTo(out);
        }
        count++;
      }
    }
    return count;
  }

  private static void put(ZipOutputStream target, String name, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    CRC32 crc = new CRC32();
    crc.update(content);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    entry.setTimeLocal(DATE);
    target.putNextEntry(entry);
    target.write(content);
    target.closeEntry();
  }
}
