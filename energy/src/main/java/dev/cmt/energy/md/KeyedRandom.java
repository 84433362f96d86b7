package dev.cmt.energy.md;

import java.util.random.RandomGenerator;

/**
 * The counter-based generator Philox4x64-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers:
 * as easy as 1, 2, 3, SC 2011). What it draws depends on the seed and on what the draw is for, not
 * on what was drawn before: a simulation that is taken up again meets the same noise. Normal
 * numbers are the JDK's, by McFarland's ziggurat. For one thread.
 */
final class KeyedRandom implements RandomGenerator {
  /** What numbers are for; the order is part of what a seed means: append only. */
  enum Purpose {
    /** Velocities that a replica starts with. */
    START,
    /** Kicks of the heat bath. */
    NOISE,
    /** Whether two temperatures are exchanged. */
    SWAP
  }

  private static final long MULTIPLIER_0 = 0xD2E7470EE14C6C93L;
  private static final long MULTIPLIER_1 = 0xCA5A826395121157L;
  private static final long WEYL_0 = 0x9E3779B97F4A7C15L;
  private static final long WEYL_1 = 0xBB67AE8584CAA73BL;
  private static final int WORDS = 4;

  private final long seed;
  private final long[] words = new long[WORDS];
  private int next = WORDS;
  private long block;
  private long step;
  private long index;
  private long purpose;

  KeyedRandom(long seed) {
    this.seed = seed;
  }

  /**
   * Begins the numbers of one purpose.
   *
   * @param step of the simulation
   * @param index of the replica, or of the ladder
   */
  void begin(Purpose purpose, long step, long index) {
    this.purpose = purpose.ordinal();
    this.step = step;
    this.index = index;
    block = 0;
    next = WORDS;
  }

  @Override
  public long nextLong() {
    if (next == WORDS) {
      bits(seed, 0, block++, step, index, purpose, words);
      next = 0;
    }
    return words[next++];
  }

  /** 256 random bits of a key and a counter, two and four words, the lowest first. */
  static void bits(long k0, long k1, long c0, long c1, long c2, long c3, long[] out) {
    long key0 = k0;
    long key1 = k1;
    long x0 = c0;
    long x1 = c1;
    long x2 = c2;
    long x3 = c3;
    for (int round = 0; round < 10; round++) {
      long y0 = unsignedHigh(MULTIPLIER_1, x2) ^ x1 ^ key0;
      long y2 = unsignedHigh(MULTIPLIER_0, x0) ^ x3 ^ key1;
      x1 = MULTIPLIER_1 * x2;
      x3 = MULTIPLIER_0 * x0;
      x0 = y0;
      x2 = y2;
      key0 += WEYL_0;
      key1 += WEYL_1;
    }
    out[0] = x0;
    out[1] = x1;
    out[2] = x2;
    out[3] = x3;
  }

  /** High half of the product of two unsigned numbers, the first of which has its top bit set. */
  private static long unsignedHigh(long topBitSet, long b) {
    return Math.multiplyHigh(topBitSet, b) + b + ((b >> 63) & topBitSet);
  }
}
