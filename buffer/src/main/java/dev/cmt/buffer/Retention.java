package dev.cmt.buffer;

import java.util.Locale;

/**
 * What the replay buffer keeps of annealing steps.
 *
 * @param steps all samples of the newest so many; {@link Integer#MAX_VALUE} for all
 * @param ledger whether a {@link StepLedger} stays of the others
 */
public record Retention(int steps, boolean ledger) {
  public static final Retention LAST = new Retention(1);
  public static final Retention ALL = new Retention(Integer.MAX_VALUE);

  /** Without a ledger. */
  public Retention(int steps) {
    this(steps, false);
  }

  public Retention {
    if (steps < 1) {
      throw new IllegalArgumentException(
          "retention (%d) must keep at least 1 step, the one at work.".formatted(steps));
    }
  }

  /**
   * @param text {@code last}, {@code all} or a number of steps, at least 1
   */
  public static Retention parse(String text) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "last" -> LAST;
      case "all" -> ALL;
      default -> {
        try {
          yield new Retention(Integer.parseInt(text.strip()));
        } catch (NumberFormatException e) {
          throw new IllegalArgumentException(
              "retention (%s) must be last, all or a number of steps.".formatted(text), e);
        }
      }
    };
  }

  /** Whether {@code step} stays when {@code currentStep} is at work. */
  public boolean keeps(int step, int currentStep) {
    return step > (long) currentStep - steps;
  }
}
