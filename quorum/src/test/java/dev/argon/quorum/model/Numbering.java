package dev.argon.quorum.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Numbers things from 0 on; equal ones have the same number.
final class Numbering<T> {

  /// Numbers are packed into 16 bits.
  static final int COUNT_MAX = 1 << 16;

  private final Map<T, Integer> numbers = new HashMap<>();
  private final List<T> things = new ArrayList<>();

  int of(T thing) {
    Integer known = numbers.get(thing);
    if (known != null) {
      return known;
    }
    if (things.size() == COUNT_MAX) {
      throw new IllegalStateException("too many kinds of " + thing);
    }
    numbers.put(thing, things.size());
    things.add(thing);
    return things.size() - 1;
  }

  T at(int number) {
    return things.get(number);
  }

  int size() {
    return things.size();
  }
}
