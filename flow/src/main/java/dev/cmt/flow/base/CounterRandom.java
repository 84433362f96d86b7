package dev.cmt.flow.base;

/**
 * A counter-based random generator, Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random
 * numbers: as easy as 1, 2, 3, SC 2011). A number depends on its key and counter alone, so any row
 * of any batch can be made again on any host, in any order. Holds no state: safe for use by many
 * threads.
 */
public final class CounterRandom {
  private static final int MULTIPLIER_0 = 0xD2511F53;
  private static final int MULTIPLIER_1 = 0xCD9E8D57;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;

  private CounterRandom() {}

  /**
   * 128 random bits.
   *
   * @param key the 64-bit key
   * @param counterLow low 64 bits of the counter
   * @param counterHigh high 64 bits of the counter
   * @param out {@code [4]} the four words, written
   */
  public static void bits(long key, long counterLow, long counterHigh, int[] out) {
    int c0 = (int) counterLow;
    int c1 = (int) (counterLow >>> 32);
    int c2 = (int) counterHigh;
    int c3 = (int) (counterHigh >>> 32);
    int k0 = (int) key;
    int k1 = (int) (key >>> 32);
    for (int round = 0; round < 10; round++) {
      long product0 = (MULTIPLIER_0 & 0xFFFFFFFFL) * (c0 & 0xFFFFFFFFL);
      long product1 = (MULTIPLIER_1 & 0xFFFFFFFFL) * (c2 & 0xFFFFFFFFL);
      int n0 = (int) (product1 >>> 32) ^ c1 ^ k0;
      int n2 = (int) (product0 >>> 32) ^ c3 ^ k1;
      c1 = (int) product1;
      c3 = (int) product0;
      c0 = n0;
      c2 = n2;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
  }

  /**
   * Uniform numbers in the open interval (0, 1) with 52 random bits each: (k + 0.5) / 2^52, which
   * float64 holds exactly.
   *
   * @param key the 64-bit key, such as a run's seed
   * @param stream what the numbers are for, such as (step, row): the high half of the counter
   * @param out {@code [n]} written; element i depends on (key, stream, i) alone
   */
  public static void uniforms(long key, long stream, double[] out) {
    int[] words = new int[4];
    for (int i = 0; i < out.length; i += 2) {
      bits(key, i / 2, stream, words);
      out[i] = toUnit(words[0], words[1]);
      if (i + 1 < out.length) {
        out[i + 1] = toUnit(words[2], words[3]);
      }
    }
  }

  /**
   * A shuffle of 0 … n−1 (Fisher–Yates).
   *
   * @param key the 64-bit key
   * @param stream what the shuffle is for
   * @param n how many numbers, at least 0
   */
  public static int[] permutation(long key, long stream, int n) {
    double[] draws = new double[n];
    uniforms(key, stream, draws);
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      int j = (int) (draws[i] * (i + 1));
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  private static double toUnit(int high, int low) {
    long mantissa = ((high & 0xFFFFFFFFL) << 20) | ((low & 0xFFFFFFFFL) >>> 12);
    return (mantissa + 0.5) * 0x1p-52;
  }
}
