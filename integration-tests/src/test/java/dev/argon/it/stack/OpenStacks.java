package dev.argon.it.stack;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// The stacks that are not closed yet, for the report of a failed test.
public final class OpenStacks {

  private static final List<Stack> STACKS = new CopyOnWriteArrayList<>();

  private OpenStacks() {}

  static void add(Stack stack) {
    STACKS.add(stack);
  }

  static void remove(Stack stack) {
    STACKS.remove(stack);
  }

  static List<Stack> all() {
    return List.copyOf(STACKS);
  }
}
