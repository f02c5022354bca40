package dev.argon.waltools.replay;

import dev.argon.postgres.wal.WalRecord;
import java.util.Arrays;

/// What the dispatcher hands to the workers at once: their tasks, and the memory that the records
/// lie in.
final class Batch {

  private static final byte[] NO_CHUNK = {};

  /// Of each worker.
  final Tasks[] tasks;

  byte[] chunk = NO_CHUNK;

  /// Records that do not lie in the chunk, because they cross pages.
  byte[] side = new byte[64 << 10];

  private int sideLength;

  /// The record copied last: its blocks come one after the other.
  private long sideLsn;

  private int sideStart;

  Batch(int workers) {
    tasks = new Tasks[workers];
    for (int i = 0; i < workers; i++) {
      tasks[i] = new Tasks();
    }
  }

  void begin(byte[] newChunk) {
    chunk = newChunk;
    sideLength = 0;
    sideLsn = 0;
    for (Tasks list : tasks) {
      list.clear();
    }
  }

  boolean isEmpty() {
    for (Tasks list : tasks) {
      if (list.count() > 0) {
        return false;
      }
    }
    return true;
  }

  /// Where workers find the record: see [Tasks#add].
  @SuppressWarnings("ReferenceEquality") // the same array, not an equal one
  int place(WalRecord record, long recordLsn) {
    if (record.bytes() == chunk) {
      return record.offset();
    }
    if (recordLsn == sideLsn) {
      return ~sideStart;
    }
    int start = sideLength;
    if (side.length - start < record.length()) {
      side = Arrays.copyOf(side, Math.max(side.length * 2, start + record.length()));
    }
    System.arraycopy(record.bytes(), record.offset(), side, start, record.length());
    sideLength += record.length();
    sideLsn = recordLsn;
    sideStart = start;
    return ~start;
  }
}
