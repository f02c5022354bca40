package dev.argon.it.stack;

import java.util.concurrent.ThreadLocalRandom;

/// How much is tested: the normal form, or the long one (`./argon test --long`).
public final class TestForm {

  private TestForm() {}

  public static boolean isLong() {
    return Boolean.getBoolean("argon.long");
  }

  /// One of two numbers.
  public static int choose(int normal, int inLongForm) {
    return isLong() ? inLongForm : normal;
  }

  /// The seed of this run's random choices, printed so that it can be given again with
  /// `-Dargon.seed=N`.
  public static long seed(String test) {
    String given = System.getProperty("argon.seed", "");
    long seed =
        given.isBlank()
            ? ThreadLocalRandom.current().nextLong(1_000_000_000)
            : Long.parseLong(given);
    System.out.printf("%s: argon.seed=%d%n", test, seed);
    return seed;
  }
}
