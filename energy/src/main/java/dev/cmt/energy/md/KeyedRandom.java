package dev.cmt.energy.md;

/**
 * The counter-based generator Philox4x64-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers:
 * as easy as 1, 2, 3, SC 2011). What it draws depends on the seed and on what the draw is for, not
 * on what was drawn before: a simulation that is taken up again meets the same noise. Normal
 * numbers come from Marsaglia and Tsang's ziggurat in the form of Doornik (An improved ziggurat
 * method to generate normal random samples, 2005), whose layer and position use separate bits. For
 * one thread.
 */
final class KeyedRandom {
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

  /** Layers of the ziggurat, all of one area. */
  private static final int LAYERS = 128;

  /** Where the tail begins that the lowest layer ends with, for this many layers. */
  private static final double TAIL = 3.442619855899;

  /** Half-widths of the layers, the lowest (as if it were a box) first; 0 at the tip. */
  private static final double[] EDGE = new double[LAYERS + 1];

  /** The part of each layer that lies under the curve as a whole. */
  private static final double[] INSIDE = new double[LAYERS];

  static {
    double area = 9.91256303526217e-3;
    EDGE[0] = area / density(TAIL);
    EDGE[1] = TAIL;
    for (int i = 2; i < LAYERS; i++) {
      EDGE[i] = Math.sqrt(-2 * Math.log(area / EDGE[i - 1] + density(EDGE[i - 1])));
    }
    for (int i = 0; i < LAYERS; i++) {
      INSIDE[i] = EDGE[i + 1] / EDGE[i];
    }
  }

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

  /** A number in [0, 1) with 53 random bits. */
  double nextDouble() {
    return (nextLong() >>> 11) * 0x1p-53;
  }

  /**
   * Standard normal numbers with 32 random bits each, since drawing bits is what takes time: 7 for
   * the layer, 25 for the place in it.
   *
   * @param out {@code [n]} written
   */
  void normals(double[] out) {
    for (int i = 0; i < out.length; i += 2) {
      long bits = nextLong();
      out[i] = normal((int) bits);
      if (i + 1 < out.length) {
        out[i + 1] = normal((int) (bits >>> 32));
      }
    }
  }

  private double normal(int bits) {
    int layer = bits & (LAYERS - 1);
    double u = place(bits);
    return Math.abs(u) < INSIDE[layer] ? u * EDGE[layer] : edge(layer, u);
  }

  /** The upper 25 bits as a number in (−1, 1), never 0. */
  private static double place(int bits) {
    return ((bits >> 7) + 0.5) * 0x1p-24;
  }

  /** What becomes of one draw in a hundred: the corner of a layer, or the tail. */
  private double edge(int firstLayer, double firstPlace) {
    int layer = firstLayer;
    double u = firstPlace;
    while (Math.abs(u) >= INSIDE[layer]) {
      if (layer == 0) {
        return Math.copySign(tail(), u);
      }
      double x = u * EDGE[layer];
      double low = density(EDGE[layer]);
      double high = density(EDGE[layer + 1]);
      if (low + nextDouble() * (high - low) < density(x)) {
        return x;
      }
      int bits = (int) nextLong();
      layer = bits & (LAYERS - 1);
      u = place(bits);
    }
    return u * EDGE[layer];
  }

  /** A normal number beyond the tail's beginning (Marsaglia 1964). */
  private double tail() {
    double x;
    double y;
    do {
      x = -Math.log(1 - nextDouble()) / TAIL;
      y = -Math.log(1 - nextDouble());
    } while (y + y < x * x);
    return TAIL + x;
  }

  private static double density(double x) {
    return Math.exp(-0.5 * x * x);
  }

  long nextLong() {
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
