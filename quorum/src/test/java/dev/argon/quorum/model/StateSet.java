package dev.argon.quorum.model;

import java.util.Arrays;

/// The states that were seen, as fingerprints of 128 bits: two of a hundred million states have the
/// same one with a probability below 1e-22. Each knows from which it came.
final class StateSet {

  private static final long MIX_HIGH = 0x9E3779B97F4A7C15L;
  private static final long MIX_LOW = 0xC2B2AE3D27D4EB4FL;

  private static final int CHUNK_BITS = 20;
  private static final int CHUNK_MASK = (1 << CHUNK_BITS) - 1;

  /// Both halves of each fingerprint side by side; a place with two zeros is free.
  private long[] table = new long[1 << 17];

  /// By the numbers of states.
  private long[][] lows = new long[0][];

  private int[][] parents = new int[0][];

  private int count;

  int count() {
    return count;
  }

  int parent(int state) {
    return parents[state >>> CHUNK_BITS][state & CHUNK_MASK];
  }

  /// @return the number of the state if it was not seen before, else -1
  int add(int[] state, int parent) {
    long h = high(state);
    long l = low(state);
    if (!insert(table, h, l)) {
      return -1;
    }
    int chunk = count >>> CHUNK_BITS;
    if (chunk == lows.length) {
      lows = Arrays.copyOf(lows, chunk + 1);
      lows[chunk] = new long[1 << CHUNK_BITS];
      parents = Arrays.copyOf(parents, chunk + 1);
      parents[chunk] = new int[1 << CHUNK_BITS];
    }
    lows[chunk][count & CHUNK_MASK] = l;
    parents[chunk][count & CHUNK_MASK] = parent;
    count++;
    if (count > table.length / 8 * 3) {
      grow();
    }
    return count - 1;
  }

  private static boolean insert(long[] table, long high, long low) {
    int mask = table.length - 1;
    int slot = 2 * (int) (low >>> 32) & mask;
    while (table[slot] != 0 || table[slot + 1] != 0) {
      if (table[slot] == low && table[slot + 1] == high) {
        return false;
      }
      slot = (slot + 2) & mask;
    }
    table[slot] = low;
    table[slot + 1] = high;
    return true;
  }

  private void grow() {
    long[] larger = new long[table.length * 2];
    for (int slot = 0; slot < table.length; slot += 2) {
      if (table[slot] != 0 || table[slot + 1] != 0) {
        insert(larger, table[slot + 1], table[slot]);
      }
    }
    table = larger;
  }

  boolean is(int number, int[] state) {
    return lows[number >>> CHUNK_BITS][number & CHUNK_MASK] == low(state);
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
