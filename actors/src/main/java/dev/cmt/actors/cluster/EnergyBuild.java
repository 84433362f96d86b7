package dev.cmt.actors.cluster;

import dev.cmt.energy.Target;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Tells builds of the energy room apart by what is in them: classes, native libraries, force
 * fields. Two builds with the same fingerprint compute the same bits on processors of the same
 * kind; when they were made, or in which jar they lie, makes no difference.
 */
final class EnergyBuild {
  private static final String ROOM = "dev/cmt/energy";

  private EnergyBuild() {}

  /** SHA-256 in hex of every file of the energy room this process runs. */
  static String fingerprint() {
    try {
      URI location = Target.class.getProtectionDomain().getCodeSource().getLocation().toURI();
      return fingerprint(Path.of(location));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the code of the energy room.", e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException("The code of the energy room lies in no file.", e);
    }
  }

  /** Of the energy room in a jar or in a directory of classes. */
  static String fingerprint(Path code) throws IOException {
    if (Files.isDirectory(code)) {
      return digest(code.resolve(ROOM));
    }
    try (FileSystem jar = FileSystems.newFileSystem(code, Map.of())) {
      return digest(jar.getPath(ROOM));
    }
  }

  private static String digest(Path room) throws IOException {
    MessageDigest sha256 = sha256();
    List<Path> files;
    try (Stream<Path> all = Files.walk(room)) {
      files =
          all.filter(Files::isRegularFile)
              .sorted(java.util.Comparator.comparing(file -> name(room, file)))
              .toList();
    }
    for (Path file : files) {
      String header = "%s %d\n".formatted(name(room, file), Files.size(file));
      sha256.update(header.getBytes(StandardCharsets.UTF_8));
      try (InputStream in = new DigestInputStream(Files.newInputStream(file), sha256)) {
        in.transferTo(java.io.OutputStream.nullOutputStream());
      }
    }
    return HexFormat.of().formatHex(sha256.digest());
  }

  private static String name(Path room, Path file) {
    return room.relativize(file).toString();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }
}
