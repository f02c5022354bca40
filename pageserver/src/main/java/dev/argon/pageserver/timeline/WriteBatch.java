package dev.argon.pageserver.timeline;

import dev.argon.pageserver.layer.MemoryLayer;
import dev.argon.pageserver.layer.ValueKind;
import dev.argon.pageservice.PageKey;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// Versions on their way into a timeline. Readers see them once [#commit] has announced their LSN;
/// a batch that is closed before leaves nothing that counts. For one thread.
public final class WriteBatch implements AutoCloseable {

  private final Timeline timeline;
  private final MemoryLayer open;
  private long[] ends = new long[64];
  private int endCount;

  /// Whether something was put that no commit has announced.
  private boolean dirty;

  WriteBatch(Timeline timeline, MemoryLayer open) {
    this.timeline = timeline;
    this.open = open;
  }

  /// Keeps bytes that several versions share.
  ///
  /// @return their place, for [#putKept]
  public long keep(ByteBuffer bytes) {
    dirty = true;
    return open.keep(bytes);
  }

  /// Files a version whose bytes were kept.
  public void putKept(
      long high, long low, long lsn, int kind, int blockIndex, long place, int length) {
    open.put(high, low, lsn, kind, blockIndex, place, length);
  }

  /// Files a whole value.
  public void putImage(PageKey key, long lsn, byte[] bytes) {
    put(key, lsn, ValueKind.IMAGE, bytes);
  }

  /// Files a version of any kind but those that refer to a record's block.
  public void put(PageKey key, long lsn, int kind, byte[] bytes) {
    long place = keep(ByteBuffer.wrap(bytes));
    open.put(key.high(), key.low(), lsn, kind, 0, place, bytes.length);
  }

  /// A record ended here, after all its versions were put. In ascending order.
  public void recordEnded(long endLsn) {
    if (endCount == ends.length) {
      ends = Arrays.copyOf(ends, endCount * 2);
    }
    ends[endCount++] = endLsn;
  }

  /// Memory of the layer that is written to.
  public long layerBytes() {
    return open.memoryBytes();
  }

  /// Announces everything up to the last record end. The batch can go on with later records.
  public void commit() {
    if (endCount == 0) {
      return;
    }
    int from = 0;
    while (from < endCount) {
      int count = RecordEnds.sameValue(ends, from, endCount);
      long last = ends[from + count - 1];
      put(RecordEnds.key(last), last, ValueKind.CHANGE, RecordEnds.encode(ends, from, count));
      from += count;
    }
    long last = ends[endCount - 1];
    endCount = 0;
    timeline.batchCommitted(last);
    dirty = false;
  }

  @Override
  public void close() {
    timeline.batchClosed(!dirty, open);
  }
}
