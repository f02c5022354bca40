package dev.argon.redo.fuzz;

/// Where all decisions of one execution come from.
abstract class Choices {

  /// Numbers at the borders of what pages, items and counts can be.
  private static final int[] BORDERS = {
    0, 1, 2, 3, 4, 7, 8, 16, 23, 24, 25, 28, 31, 32, 127, 128, 255, 256, 290, 291, 292, 407, 408,
    1023, 2042, 2043, 2047, 2048, 4068, 4096, 8152, 8160, 8168, 8176, 8184, 8191, 8192, 8193,
    0x7FFE, 0x7FFF, 0x8000, 0xFFFC, 0xFFFD, 0xFFFE, 0xFFFF
  };

  /// 32 bits.
  abstract int bits();

  /// A number from 0 to `bound - 1`.
  int below(int bound) {
    return (int) (((bits() & 0xFFFF_FFFFL) * bound) >>> 32);
  }

  /// True once in `n` times.
  boolean oneIn(int n) {
    return below(n) == 0;
  }

  /// A 16-bit number, often one at a border.
  int number() {
    return oneIn(3) ? bits() & 0xFFFF : BORDERS[below(BORDERS.length)];
  }

  /// SplitMix64: the same decisions for the same seed.
  static final class Seeded extends Choices {

    private long state;

    Seeded(long seed) {
      state = seed;
    }

    void reset(long seed) {
      state = seed * 0x9E3779B97F4A7C15L;
    }

    @Override
    int bits() {
      state += 0x9E3779B97F4A7C15L;
      long z = state;
      z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
      z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
      return (int) ((z ^ (z >>> 31)) >>> 32);
    }
  }
}
