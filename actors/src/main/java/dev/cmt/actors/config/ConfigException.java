package dev.cmt.actors.config;

import java.util.List;
import java.util.stream.Collectors;

/** A config that cannot be used; carries every problem found in it, not only the first. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<ConfigProblem> problems;

  /**
   * Takes all problems of one config.
   *
   * @param source where the config came from, for people: a file name
   * @param problems at least one
   */
  public ConfigException(String source, List<ConfigProblem> problems) {
    super(message(source, problems));
    this.problems = List.copyOf(problems);
  }

  /** What is wrong, in the order of the config's keys. */
  public List<ConfigProblem> problems() {
    return problems;
  }

  private static String message(String source, List<ConfigProblem> problems) {
    return problems.stream()
        .map(problem -> "  " + problem)
        .collect(
            Collectors.joining(
                "\n",
                "%s has %s:\n"
                    .formatted(
                        source, problems.size() == 1 ? "a problem" : problems.size() + " problems"),
                ""));
  }
}
