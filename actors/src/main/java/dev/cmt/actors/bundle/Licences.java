package dev.cmt.actors.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The licences of what a bundle takes from Debian packages; jars and the runtime bring their own,
 * or name one that others of them bring.
 */
final class Licences {
  private Licences() {}

  /**
   * Copies each file's package's copyright file.
   *
   * @param files of this machine
   * @param directory where to
   * @return the files for which no licence was found, as on systems without dpkg
   */
  static List<Path> copy(Collection<Path> files, Path directory)
      throws IOException, InterruptedException {
    Files.createDirectories(directory);
    List<Path> without = new ArrayList<>();
    for (Path file : files) {
      Optional<Path> copyright =
          owner(file)
              .map(name -> Path.of("/usr/share/doc", name, "copyright"))
              .filter(Files::isReadable);
      if (copyright.isEmpty()) {
        without.add(file);
        continue;
      }
      Path target = directory.resolve(copyright.get().getParent().getFileName().toString());
      if (Files.notExists(target)) {
        Files.write(target, Files.readAllBytes(copyright.get()));
      }
    }
    return without;
  }

  private static Optional<String> owner(Path file) throws IOException, InterruptedException {
    // dpkg knows a file by the name it was packed under, from before /lib became a link to
    // /usr/lib.
    Set<String> names = new LinkedHashSet<>();
    for (Path path : List.of(file, file.toRealPath())) {
      names.add(path.toString());
      names.add("/usr" + path);
      names.add(path.toString().replaceFirst("^/usr/", "/"));
    }
    for (String name : names) {
      Process dpkg;
      try {
        dpkg =
            new ProcessBuilder("dpkg-query", "--search", name)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
      } catch (IOException e) {
        return Optional.empty(); // not a Debian: the caller says so
      }
      try (InputStream out = dpkg.getInputStream()) {
        String said = new String(out.readAllBytes(), StandardCharsets.UTF_8);
        if (dpkg.waitFor() == 0) {
          return Optional.of(said.substring(0, said.indexOf(':')));
        }
      }
    }
    return Optional.empty();
  }
}
