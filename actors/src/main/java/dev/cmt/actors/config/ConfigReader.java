package dev.cmt.actors.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Reads typed values and collects what is wrong with them instead of stopping at the first. A value
 * with a problem reads as its default, so that the rest can be checked too; the caller must look at
 * {@link #problems()} before it uses anything.
 */
final class ConfigReader {
  private final Config config;
  private final Config defaults;
  private final List<ConfigProblem> problems = new ArrayList<>();

  ConfigReader(Config config, Config defaults) {
    this.config = config;
    this.defaults = defaults;
  }

  List<ConfigProblem> problems() {
    return problems;
  }

  void reject(String key, String allowed, String mend) {
    problems.add(new ConfigProblem(key, show(value(key)), allowed, mend));
  }

  long wholeNumber(String key, long least, long most) {
    String allowed = "a whole number " + range(least, most);
    return exactLong(value(key))
        .filter(number -> number >= least && number <= most)
        .orElseGet(() -> fallback(key, allowed, defaults.getNumber(key).longValue()));
  }

  /** A number of steps of at least 1, or one of the words {@code last} (1) and {@code all}. */
  int keep(String key, int all) {
    return switch (text(value(key)).toLowerCase(Locale.ROOT)) {
      case "last" -> 1;
      case "all" -> all;
      default ->
          exactLong(value(key))
              .filter(number -> number >= 1 && number < all)
              .map(Long::intValue)
              .orElseGet(() -> fallback(key, "last, all or a whole number of at least 1", 1));
    };
  }

  /** Whether none of these keys has a problem by itself. */
  boolean good(String... keys) {
    return problems.stream().noneMatch(problem -> List.of(keys).contains(problem.key()));
  }

  int count(String key, int least, int most) {
    return Math.toIntExact(wholeNumber(key, least, most));
  }

  double finite(String key, Predicate<Double> allowedValues, String range) {
    String allowed = "a finite number " + range;
    return decimal(value(key))
        .map(BigDecimal::doubleValue)
        .filter(number -> Double.isFinite(number) && allowedValues.test(number))
        .orElseGet(() -> fallback(key, allowed, defaults.getDouble(key)));
  }

  /** A number above 0; {@code inf} reads as infinity. */
  double bound(String key) {
    return bound(key, "a number above 0, or \"inf\" to switch the constraint off");
  }

  /** As {@link #bound(String)}; {@code auto} reads as empty. */
  OptionalDouble boundOrAuto(String key) {
    return text(value(key)).equalsIgnoreCase("auto")
        ? OptionalDouble.empty()
        : OptionalDouble.of(
            bound(
                key,
                "a number above 0, \"auto\" to have it chosen, or \"inf\" to switch the constraint off"));
  }

  private double bound(String key, String allowed) {
    if (text(value(key)).equalsIgnoreCase("inf")) {
      return Double.POSITIVE_INFINITY;
    }
    return decimal(value(key))
        .map(BigDecimal::doubleValue)
        .filter(number -> Double.isFinite(number) && number > 0)
        .orElseGet(() -> fallback(key, allowed, defaults.getDouble(key)));
  }

  boolean flag(String key) {
    String text = text(value(key)).toLowerCase(Locale.ROOT);
    return switch (text) {
      case "true", "yes", "on" -> true;
      case "false", "no", "off" -> false;
      default -> fallback(key, "true or false", defaults.getBoolean(key));
    };
  }

  String word(String key, Predicate<String> allowedWords, String allowed, String mend) {
    ConfigValue value = value(key);
    String text = text(value);
    if (value.valueType() == ConfigValueType.STRING && allowedWords.test(text)) {
      return text;
    }
    reject(key, allowed, mend);
    return defaults.getString(key);
  }

  /** {@code HOST:PORT}; empty for {@code ""}, where that may stand. */
  Optional<HostPort> address(String key, boolean optional) {
    String allowed = "HOST:PORT" + (optional ? ", or \"\" for none" : "");
    String text =
        word(
            key,
            found -> HostPort.parse(found).isPresent() || (optional && found.isEmpty()),
            allowed,
            "An IPv6 address stands in brackets.");
    return HostPort.parse(text);
  }

  <E extends Enum<E>> E choice(String key, Class<E> type) {
    String text = text(value(key));
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equalsIgnoreCase(text)) {
        return constant;
      }
    }
    String allowed =
        Arrays.stream(type.getEnumConstants())
            .map(constant -> constant.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(", ", "one of ", ""));
    E fallback = Enum.valueOf(type, defaults.getString(key).toUpperCase(Locale.ROOT));
    return fallback(key, allowed, fallback);
  }

  List<Integer> counts(String key, int longest, int most) {
    String allowed = "a list of 1 to %d whole numbers between 1 and %d".formatted(longest, most);
    ConfigValue value = value(key);
    if (!(value instanceof ConfigList list)) {
      problems.add(
          new ConfigProblem(
              key, show(value), allowed, "A single layer is written [%s].".formatted(show(value))));
      return defaults.getIntList(key);
    }
    List<Integer> counts = new ArrayList<>();
    for (ConfigValue item : list) {
      exactLong(item)
          .filter(number -> number >= 1 && number <= most)
          .ifPresent(number -> counts.add(number.intValue()));
    }
    return counts.size() == list.size() && !list.isEmpty() && list.size() <= longest
        ? List.copyOf(counts)
        : fallback(key, allowed, defaults.getIntList(key));
  }

  /** The value of a key; a section the user replaced by something else reads as its defaults. */
  ConfigValue value(String key) {
    return config.hasPathOrNull(key) ? found(config, key) : found(defaults, key);
  }

  private static ConfigValue found(Config config, String key) {
    int dot = key.lastIndexOf('.');
    return dot < 0
        ? config.root().get(key)
        : config.getObject(key.substring(0, dot)).get(key.substring(dot + 1));
  }

  private <T> T fallback(String key, String allowed, T reading) {
    ConfigValue value = value(key);
    String plain = text(value).replace("_", "").replace(",", "");
    String mend =
        decimal(value).isEmpty() && plain.matches("[0-9]+")
            ? "Write it without separators: %s.".formatted(plain)
            : "";
    problems.add(new ConfigProblem(key, show(value), allowed, mend));
    return reading;
  }

  private static Optional<BigDecimal> decimal(ConfigValue value) {
    if (value.valueType() != ConfigValueType.NUMBER
        && value.valueType() != ConfigValueType.STRING) {
      return Optional.empty();
    }
    try {
      return Optional.of(new BigDecimal(text(value)));
    } catch (NumberFormatException notANumber) {
      return Optional.empty();
    }
  }

  private static Optional<Long> exactLong(ConfigValue value) {
    try {
      return decimal(value).map(BigDecimal::longValueExact);
    } catch (ArithmeticException notALong) {
      return Optional.empty();
    }
  }

  private static String text(ConfigValue value) {
    return String.valueOf(value.unwrapped()).strip();
  }

  private static String range(long least, long most) {
    if (least == Long.MIN_VALUE) {
      return "of 64 bits";
    }
    return most == Long.MAX_VALUE || most == Integer.MAX_VALUE
        ? "of at least " + least
        : "between %d and %d".formatted(least, most);
  }

  /** A value as the user would write it, in one short line. */
  static String show(ConfigValue value) {
    String text = value.render(ConfigRenderOptions.concise());
    return text.length() <= 60 ? text : text.substring(0, 57) + "…";
  }
}
