package dev.cmt.actors.cli;

import dev.cmt.actors.config.RunConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The cluster section and what replaces its keys, as commands without a run take them. */
final class ClusterArgument {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A file whose cluster section counts, for addresses and certificates.")
  private Path file;

  @Option(
      names = {"-o", "--override"},
      paramLabel = "KEY=VALUE",
      description = "Replaces a key of the cluster section; may be repeated.")
  private List<String> overrides = List.of();

  /** Null if none was given. */
  Path file() {
    return file;
  }

  List<String> overrides() {
    return overrides;
  }

  /**
   * The section.
   *
   * @param weaker {@code key=value}, stronger than the file and weaker than the user's overrides
   * @throws dev.cmt.actors.config.ConfigException with every problem at once
   */
  RunConfig.Cluster load(String... weaker) {
    List<String> all = new ArrayList<>(List.of(weaker));
    all.addAll(overrides);
    return RunConfig.Cluster.load(Optional.ofNullable(file), all);
  }
}
