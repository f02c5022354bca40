package dev.argon.it.stack;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// The stacks that exist, and whether their tests still need them.
final class OpenStacks {

  private static final List<Stack> NEEDED = new CopyOnWriteArrayList<>();
  private static final List<Stack> RELEASED = new CopyOnWriteArrayList<>();
  private static volatile boolean testRuns;

  private OpenStacks() {}

  static void add(Stack stack) {
    NEEDED.add(stack);
  }

  /// The stack is removed now, or when the test that runs has ended.
  static void release(Stack stack) {
    if (NEEDED.remove(stack)) {
      RELEASED.add(stack);
    }
    if (!testRuns) {
      removeReleased();
    }
  }

  static void testBegins() {
    testRuns = true;
  }

  static void testEnded() {
    testRuns = false;
    removeReleased();
  }

  /// For the end of a class, whatever it forgot.
  static void releaseAll() {
    NEEDED.forEach(OpenStacks::release);
  }

  static List<Stack> all() {
    List<Stack> all = new CopyOnWriteArrayList<>(NEEDED);
    all.addAll(RELEASED);
    return all;
  }

  private static void removeReleased() {
    RELEASED.forEach(Stack::remove);
    RELEASED.clear();
  }
}
