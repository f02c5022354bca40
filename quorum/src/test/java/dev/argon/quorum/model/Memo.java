package dev.argon.quorum.model;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Remembers answers under two small numbers; asked some hundred million times.
final class Memo {

  private int[][][] rows = new int[1 << 10][0][];

  /// @return null if nothing is remembered
  int @Nullable [] get(int first, int second) {
    if (first >= rows.length || second >= rows[first].length) {
      return null;
    }
    return rows[first][second];
  }

  int[] put(int first, int second, int[] value) {
    int before = rows.length;
    if (first >= before) {
      rows = Arrays.copyOf(rows, before * 2);
      Arrays.fill(rows, before, rows.length, new int[0][]);
    }
    if (second >= rows[first].length) {
      rows[first] = Arrays.copyOf(rows[first], Math.max(second + 1, rows[first].length * 2));
    }
    rows[first][second] = value;
    return value;
  }
}
