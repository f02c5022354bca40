package dev.argon.waltools.replay;

import java.util.Arrays;

/// Blocks that one worker is to change, in the order of the log.
final class Tasks {

  /// Per task: where the record is, its length, the frame, the index of the block in the record.
  private static final int ROW = 4;

  private static final int LSNS = 2;

  private int[] numbers = new int[1024 * ROW];
  private long[] lsns = new long[1024 * LSNS];
  private int count;

  void clear() {
    count = 0;
  }

  int count() {
    return count;
  }

  /// @param place in the chunk; or in the side buffer, if it is negative: then `~place`
  void add(int place, int length, int frame, int blockIndex, long recordLsn, long endLsn) {
    if (count * LSNS == lsns.length) {
      numbers = Arrays.copyOf(numbers, numbers.length * 2);
      lsns = Arrays.copyOf(lsns, lsns.length * 2);
    }
    int row = count * ROW;
    numbers[row] = place;
    numbers[row + 1] = length;
    numbers[row + 2] = frame;
    numbers[row + 3] = blockIndex;
    lsns[count * LSNS] = recordLsn;
    lsns[count * LSNS + 1] = endLsn;
    count++;
  }

  int place(int task) {
    return numbers[task * ROW];
  }

  int length(int task) {
    return numbers[task * ROW + 1];
  }

  int frame(int task) {
    return numbers[task * ROW + 2];
  }

  int blockIndex(int task) {
    return numbers[task * ROW + 3];
  }

  long recordLsn(int task) {
    return lsns[task * LSNS];
  }

  long endLsn(int task) {
    return lsns[task * LSNS + 1];
  }
}
