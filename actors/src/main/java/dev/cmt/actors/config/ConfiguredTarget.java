package dev.cmt.actors.config;

import dev.cmt.energy.Target;
import dev.cmt.energy.Targets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** The target that a config names: one that comes with the product, or an imported molecule. */
public final class ConfiguredTarget {
  private ConfiguredTarget() {}

  /**
   * Makes it. No native library is touched before its first evaluator is opened.
   *
   * @throws IllegalArgumentException if the imported molecule's files are not those that the config
   *     was read with
   */
  public static Target create(RunConfig config) {
    if (config.target().directory().isEmpty()) {
      return Targets.create(config.target().system(), config.targetSettings());
    }
    Path directory = config.target().directory().get();
    try {
      TargetDirectory loaded = TargetDirectory.load(directory);
      if (!loaded.sha256().equals(config.target().sha256())) {
        throw new IllegalArgumentException(
            "holds another molecule (SHA-256 %s) than the config was read with (%s)"
                .formatted(loaded.sha256(), config.target().sha256()));
      }
      return loaded.target(config.targetSettings());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "The molecule's directory %s %s.".formatted(directory, e.getMessage()), e);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the molecule in %s.".formatted(directory), e);
    }
  }
}
