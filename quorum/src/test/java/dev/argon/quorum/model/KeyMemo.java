package dev.argon.quorum.model;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Remembers answers under a large number.
final class KeyMemo {

  private static final long NONE = -1;

  private long[] keys = new long[1 << 10];
  private int[][] values = new int[1 << 10][];
  private int count;

  KeyMemo() {
    Arrays.fill(keys, NONE);
  }

  /// @return null if nothing is remembered
  int @Nullable [] get(long key) {
    int slot = slot(keys, key);
    return keys[slot] == key ? values[slot] : null;
  }

  private static int slot(long[] table, long key) {
    long mixed = key * 0x9E3779B97F4A7C15L;
    int slot = (int) (mixed >>> 40) & (table.length - 1);
    while (table[slot] != key && table[slot] != NONE) {
      slot = (slot + 1) & (table.length - 1);
    }
    return slot;
  }

  int[] put(long key, int[] value) {
    if (2 * ++count > keys.length) {
      grow();
    }
    int slot = slot(keys, key);
    keys[slot] = key;
    values[slot] = value;
    return value;
  }

  private void grow() {
    long[] newKeys = new long[keys.length * 2];
    int[][] newValues = new int[keys.length * 2][];
    Arrays.fill(newKeys, NONE);
    for (int i = 0; i < keys.length; i++) {
      if (keys[i] != NONE) {
        int slot = slot(newKeys, keys[i]);
        newKeys[slot] = keys[i];
        newValues[slot] = values[i];
      }
    }
    keys = newKeys;
    values = newValues;
  }
}
