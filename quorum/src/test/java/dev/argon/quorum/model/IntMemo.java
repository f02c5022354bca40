package dev.argon.quorum.model;

import java.util.Arrays;

/// Remembers one number under two small ones; asked some billion times.
final class IntMemo {

  static final int NONE = -1;

  private int[][] rows = new int[1 << 10][0];

  /// @return [#NONE] if nothing is remembered
  int get(int first, int second) {
    if (first >= rows.length || second >= rows[first].length) {
      return NONE;
    }
    return rows[first][second];
  }

  int put(int first, int second, int value) {
    int before = rows.length;
    if (first >= before) {
      rows = Arrays.copyOf(rows, before * 2);
      Arrays.fill(rows, before, rows.length, new int[0]);
    }
    int length = rows[first].length;
    if (second >= length) {
      rows[first] = Arrays.copyOf(rows[first], Math.max(second + 1, length * 2));
      Arrays.fill(rows[first], length, rows[first].length, NONE);
    }
    rows[first][second] = value;
    return value;
  }
}
