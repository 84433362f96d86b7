package dev.cmt.actors.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The keys of a config that name an imported molecule.
 *
 * @param name of the molecule; empty if the config names none
 * @param directory where it lies, absolute; empty if the config names none
 * @param sha256 of its files as they are now, in hex
 */
record ConfiguredMolecule(Optional<String> name, Optional<Path> directory, String sha256) {
  static final String DIRECTORY = "target.directory";
  static final String SHA256 = "target.sha256";

  private static final ConfiguredMolecule NONE =
      new ConfiguredMolecule(Optional.empty(), Optional.empty(), "");

  /** Makes the directory's path absolute, so that the config means the same anywhere. */
  static Config resolve(Config config, Path base) {
    if (!config.hasPath(DIRECTORY)
        || config.getValue(DIRECTORY).valueType() != ConfigValueType.STRING
        || config.getString(DIRECTORY).isBlank()) {
      return config;
    }
    try {
      Path absolute = base.resolve(config.getString(DIRECTORY).strip()).normalize();
      return config.withValue(DIRECTORY, ConfigValueFactory.fromAnyRef(absolute.toString()));
    } catch (InvalidPathException e) {
      return config; // reading it says what is wrong with it
    }
  }

  /** Reads the keys and the molecule; what is wrong with them goes to the reader's problems. */
  static ConfiguredMolecule read(ConfigReader in) {
    String path = in.word(DIRECTORY, text -> true, "a directory made by ./cmt import", "");
    String pinned =
        in.word(
            SHA256, text -> text.matches("|[0-9a-f]{64}"), "empty or 64 hexadecimal digits", "");
    if (path.isBlank()) {
      return NONE;
    }
    String system = String.valueOf(in.value("target.system").unwrapped()).strip();
    try {
      TargetDirectory found = TargetDirectory.load(Path.of(path).toAbsolutePath());
      String name = found.system().name();
      if (!pinned.isEmpty() && !pinned.equals(found.sha256())) {
        in.reject(
            DIRECTORY,
            "the molecule with SHA-256 " + pinned,
            "Its files now have %s: it is another molecule, or was imported again."
                .formatted(found.sha256()));
      }
      if (!system.isEmpty() && !system.equals(name)) {
        in.reject(
            "target.system",
            "left out beside target.directory",
            "The directory holds %s.".formatted(name));
      }
      return new ConfiguredMolecule(Optional.of(name), Optional.of(found.path()), found.sha256());
    } catch (IllegalArgumentException e) {
      in.reject(
          DIRECTORY,
          "a directory made by ./cmt import",
          "It %s.%s"
              .formatted(
                  e.getMessage(),
                  pinned.isEmpty()
                      ? ""
                      : " If it was moved, write here where it is now: its SHA-256 is checked."));
    } catch (IOException e) {
      in.reject(
          DIRECTORY, "a directory made by ./cmt import", "Reading it failed: %s.".formatted(e));
    }
    return new ConfiguredMolecule(Optional.of(system), Optional.empty(), "");
  }
}
