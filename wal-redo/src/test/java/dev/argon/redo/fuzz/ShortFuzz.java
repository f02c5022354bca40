package dev.argon.redo.fuzz;

/// The fuzzer in the normal tests: seconds, and the first finding ends it.
public final class ShortFuzz {

  private static final int EXECUTIONS = 1_000_000;

  /// On a busy machine it may do less.
  private static final long NANOS = 15_000_000_000L;

  private static final int EXECUTIONS_MIN = 50_000;

  private ShortFuzz() {}

  /// Runs until the first finding, which is thrown with its input.
  ///
  /// @return what was done, for people
  @SuppressWarnings("CatchingUnchecked") // whatever comes is what is looked for
  public static String run(Corpus corpus, long seed) {
    Fuzzer fuzzer = new Fuzzer(corpus, seed);
    long start = System.nanoTime();
    while (fuzzer.executions < EXECUTIONS
        && (fuzzer.executions < EXECUTIONS_MIN || System.nanoTime() - start < NANOS)) {
      try {
        fuzzer.executeOne();
      } catch (Exception | Error e) {
        throw new AssertionError(e + "\n" + fuzzer.lastInput(), e);
      }
    }
    if (fuzzer.applied() < EXECUTIONS_MIN / 10 || fuzzer.refused() < EXECUTIONS_MIN / 10) {
      throw new AssertionError("too few of each kind: " + fuzzer);
    }
    return fuzzer.toString();
  }
}
