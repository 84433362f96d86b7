package dev.cmt.actors.cli;

import dev.cmt.actors.config.RunConfig;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A run file and what replaces its keys, as commands take them. */
final class ConfigArgument {
  @Parameters(paramLabel = "CONFIG", description = "The run file.")
  private Path file;

  @Option(
      names = {"-o", "--override"},
      paramLabel = "KEY=VALUE",
      description = "Replaces a key of the config; may be repeated.")
  private List<String> overrides = List.of();

  Path file() {
    return file;
  }

  List<String> overrides() {
    return overrides;
  }

  /**
   * The resolved config.
   *
   * @throws dev.cmt.actors.config.ConfigException with every problem of the file
   */
  RunConfig load() {
    return RunConfig.load(file, overrides);
  }
}
