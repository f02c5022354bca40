package dev.argon.compute.communicator;

import java.util.concurrent.ThreadLocalRandom;

/// How long tests with random choices go on: the normal form, or the long one (`--long`).
final class TestLength {

  private TestLength() {}

  static int choose(int normal, int inLongForm) {
    return Boolean.getBoolean("argon.long") ? inLongForm : normal;
  }

  /// The seed of this run's random choices, printed so that it can be given again with
  /// `-Dargon.seed=N`.
  static long seed(String test) {
    String given = System.getProperty("argon.seed", "");
    long seed =
        given.isBlank()
            ? ThreadLocalRandom.current().nextLong(1_000_000_000)
            : Long.parseLong(given);
    System.out.printf("%s: argon.seed=%d%n", test, seed);
    return seed;
  }
}
