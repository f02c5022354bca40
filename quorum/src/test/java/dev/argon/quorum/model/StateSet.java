package dev.argon.quorum.model;

import java.util.Arrays;

/// The states that were seen, as fingerprints of 128 bits: two of some ten million states have the
/// same one with a probability below 1e-23. Each knows from which it came.
final class StateSet {

  private static final long MIX_HIGH = 0x9E3779B97F4A7C15L;
  private static final long MIX_LOW = 0xC2B2AE3D27D4EB4FL;

  private long[] high = new long[1 << 16];
  private long[] low = new long[1 << 16];
  private int[] parents = new int[1 << 16];

  /// Numbers of states plus 1, 0 where there is none.
  private int[] table = new int[1 << 18];

  private int count;

  int count() {
    return count;
  }

  int parent(int state) {
    return parents[state];
  }

  /// @return the number of the state if it was not seen before, else -1
  int add(int[] state, int parent) {
    long h = high(state);
    long l = low(state);
    int slot = (int) (l >>> 16) & (table.length - 1);
    while (table[slot] != 0) {
      int other = table[slot] - 1;
      if (low[other] == l && high[other] == h) {
        return -1;
      }
      slot = (slot + 1) & (table.length - 1);
    }
    if (count == high.length) {
      high = Arrays.copyOf(high, count * 2);
      low = Arrays.copyOf(low, count * 2);
      parents = Arrays.copyOf(parents, count * 2);
    }
    high[count] = h;
    low[count] = l;
    parents[count] = parent;
    table[slot] = ++count;
    if (2 * count > table.length) {
      grow();
    }
    return count - 1;
  }

  boolean is(int number, int[] state) {
    return high[number] == high(state) && low[number] == low(state);
  }

  private void grow() {
    int[] larger = new int[table.length * 2];
    for (int number = 0; number < count; number++) {
      int slot = (int) (low[number] >>> 16) & (larger.length - 1);
      while (larger[slot] != 0) {
        slot = (slot + 1) & (larger.length - 1);
      }
      larger[slot] = number + 1;
    }
    table = larger;
  }

  private static long high(int[] state) {
    long hash = 1;
    for (int part : state) {
      hash = (hash ^ part) * MIX_HIGH;
      hash ^= hash >>> 29;
    }
    return hash;
  }

  private static long low(int[] state) {
    long hash = 7;
    for (int part : state) {
      hash = (hash + part) * MIX_LOW;
      hash ^= hash >>> 32;
    }
    return hash;
  }
}
