package dev.argon.compute.proposer;

import dev.argon.postgres.Lsn;
import java.nio.ByteBuffer;

/// The newest WAL, in memory once: every safekeeper is sent slices of this buffer. A byte of
/// position `lsn` lies at `lsn % capacity`, so a stretch of WAL is one slice or two.
///
/// For one thread. Whoever still sends a slice must be told before it is overwritten
/// ([#willOverwriteBelow]).
final class WalRing {

  private final ByteBuffer bytes;
  private final int mask;

  /// The bytes `[startLsn, endLsn)` are there.
  private long startLsn;

  private long endLsn;

  /// @param capacity a power of two
  WalRing(int capacity, long firstLsn) {
    if (Integer.bitCount(capacity) != 1) {
      throw new IllegalArgumentException("not a power of two: " + capacity);
    }
    bytes = ByteBuffer.allocateDirect(capacity);
    mask = capacity - 1;
    startLsn = firstLsn;
    endLsn = firstLsn;
  }

  int capacity() {
    return mask + 1;
  }

  long startLsn() {
    return startLsn;
  }

  long endLsn() {
    return endLsn;
  }

  /// The first position that survives appending `count` more bytes.
  long willOverwriteBelow(int count) {
    return Math.max(startLsn, endLsn + count - capacity());
  }

  /// Appends all of `wal`, which continues at [#endLsn()].
  ///
  /// @throws IllegalArgumentException if it is larger than the ring
  void append(ByteBuffer wal) {
    int count = wal.remaining();
    if (count > capacity()) {
      throw new IllegalArgumentException(count + " bytes of WAL do not fit");
    }
    int at = (int) (endLsn & mask);
    int first = Math.min(count, capacity() - at);
    bytes.put(at, wal, wal.position(), first);
    bytes.put(0, wal, wal.position() + first, count - first);
    wal.position(wal.limit());
    startLsn = willOverwriteBelow(count);
    endLsn += count;
  }

  boolean contains(long fromLsn, long toLsn) {
    return fromLsn >= startLsn && toLsn <= endLsn && fromLsn <= toLsn;
  }

  /// Puts the slices of `[fromLsn, toLsn)` into `slices[at]` and `slices[at + 1]`; the second is
  /// empty unless the stretch wraps.
  void slices(long fromLsn, long toLsn, ByteBuffer[] slices, int at) {
    if (!contains(fromLsn, toLsn)) {
      throw new IllegalArgumentException(
          Lsn.toString(fromLsn) + " to " + Lsn.toString(toLsn) + " is not in the ring");
    }
    int from = (int) (fromLsn & mask);
    int count = (int) (toLsn - fromLsn);
    int first = Math.min(count, capacity() - from);
    slices[at] = bytes.slice(from, first);
    slices[at + 1] = bytes.slice(0, count - first);
  }
}
