package dev.argon.pageserver.layer;

import dev.argon.pageservice.PageKey;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// The versions that are not yet in a file. One thread writes, any number read meanwhile without a
/// lock.
///
/// Bytes lie in chunks outside the heap. A hash table leads from a key to its newest version, and
/// each version to the one before it; both are arrays of numbers, so that a million versions are a
/// few dozen objects. A version becomes visible by the release store of its number in the table;
/// whoever reads at an LSN that was announced after the write sees it.
///
/// Versions are put in the order of their LSNs. The chunks return to the pool when the last holder
/// lets go; the maker holds the layer from the start.
@SuppressWarnings("ArrayRecordComponent") // tables of numbers, never compared
public final class MemoryLayer {

  private static final VarHandle HEADS = MethodHandles.arrayElementVarHandle(int[].class);

  private static final long CUT_KIND = PageKey.firstOf(PageKey.Kind.RELATION_CUT).high() >>> 60;
  private static final int SEGMENT_BITS = 12;
  private static final int SEGMENT_SIZE = 1 << SEGMENT_BITS;
  private static final int SEGMENT_MASK = SEGMENT_SIZE - 1;
  private static final int ENTRY_BYTES = 3 * Long.BYTES + Integer.BYTES;
  private static final int SLOT_BYTES = 2 * Long.BYTES + Integer.BYTES;
  private static final int TABLE_SIZE_FIRST = 1 << 10;

  /// Keys in an open-addressing table. `heads` holds the number of the newest version plus one.
  private record Table(long[] highs, long[] lows, int[] heads) {

    Table(int size) {
      this(new long[size], new long[size], new int[size]);
    }

    int slot(long high, long low) {
      int mask = heads.length - 1;
      int slot = (int) KeyFilter.hash(high, low) & mask;
      while (true) {
        if ((int) HEADS.getAcquire(heads, slot) == 0
            || (highs[slot] == high && lows[slot] == low)) {
          return slot;
        }
        slot = (slot + 1) & mask;
      }
    }
  }

  /// Some versions: LSN, place (chunk and offset), shape (length, block index, kind), and the
  /// number plus one of the version of the same key before it.
  private record Segment(long[] lsns, long[] places, long[] shapes, int[] previous) {

    Segment() {
      this(
          new long[SEGMENT_SIZE],
          new long[SEGMENT_SIZE],
          new long[SEGMENT_SIZE],
          new int[SEGMENT_SIZE]);
    }
  }

  private final ChunkPool pool;
  private final long startLsn;
  private final AtomicInteger holders = new AtomicInteger(1);

  // Written by the writer, read by all.
  private volatile Table table = new Table(TABLE_SIZE_FIRST);
  private volatile Segment[] segments = new Segment[0];
  private volatile ByteBuffer[] chunks = new ByteBuffer[0];
  private volatile boolean anyCut;

  // The writer's own.
  private int entryCount;
  private int keyCount;
  private int chunkUsed;
  private long chunkBytes;
  private volatile long memoryBytes;

  /// Set once, when the layer is frozen.
  private volatile long endLsn;

  /// An empty layer for versions above `startLsn`.
  public MemoryLayer(ChunkPool pool, long startLsn) {
    this.pool = pool;
    this.startLsn = startLsn;
  }

  public long startLsn() {
    return startLsn;
  }

  /// The last LSN it covers; meaningful once frozen.
  public long endLsn() {
    return endLsn;
  }

  /// No version is put after this. Versions above `lastLsn`, of a batch that failed, do not count.
  public void freeze(long lastLsn) {
    endLsn = lastLsn;
  }

  public boolean isEmpty() {
    return memoryBytes == 0;
  }

  /// Memory that it takes, bytes and index.
  public long memoryBytes() {
    return memoryBytes;
  }

  /// How many versions were put; for the writer.
  public int versionCount() {
    return entryCount;
  }

  /// Keeps bytes for one or more versions.
  ///
  /// @return the place for [#put]
  public long keep(ByteBuffer bytes) {
    int length = bytes.remaining();
    ByteBuffer[] current = chunks;
    if (current.length == 0 || current[current.length - 1].capacity() - chunkUsed < length) {
      ByteBuffer[] more = Arrays.copyOf(current, current.length + 1);
      more[current.length] = pool.take(length);
      chunkBytes += more[current.length].capacity();
      chunkUsed = 0;
      chunks = more;
      current = more;
    }
    int chunk = current.length - 1;
    current[chunk].put(chunkUsed, bytes, bytes.position(), length);
    long place = ((long) chunk << 32) | chunkUsed;
    chunkUsed += length;
    return place;
  }

  /// Files a version of a key whose bytes were kept before.
  public void put(long high, long low, long lsn, int kind, int blockIndex, long place, int length) {
    Table current = table;
    if (keyCount * 4L >= current.heads.length * 3L) {
      current = grown(current);
      table = current;
    }
    int entry = entryCount++;
    Segment[] all = segments;
    if (entry >> SEGMENT_BITS == all.length) {
      all = Arrays.copyOf(all, all.length + 1);
      all[all.length - 1] = new Segment();
      segments = all;
    }
    int slot = current.slot(high, low);
    int head = current.heads[slot];
    if (head == 0) {
      current.highs[slot] = high;
      current.lows[slot] = low;
      keyCount++;
    }
    Segment segment = all[entry >> SEGMENT_BITS];
    int i = entry & SEGMENT_MASK;
    segment.lsns[i] = lsn;
    segment.places[i] = place;
    segment.shapes[i] = ((long) length << 32) | ((long) (blockIndex & 0xFF) << 8) | kind;
    segment.previous[i] = head;
    if ((high >>> 60) == CUT_KIND) {
      anyCut = true;
    }
    HEADS.setRelease(current.heads, slot, entry + 1);
    memoryBytes =
        chunkBytes
            + (long) all.length * SEGMENT_SIZE * ENTRY_BYTES
            + (long) current.heads.length * SLOT_BYTES;
  }

  private static Table grown(Table old) {
    Table bigger = new Table(old.heads.length * 2);
    for (int i = 0; i < old.heads.length; i++) {
      if (old.heads[i] != 0) {
        int slot = bigger.slot(old.highs[i], old.lows[i]);
        bigger.highs[slot] = old.highs[i];
        bigger.lows[slot] = old.lows[i];
        bigger.heads[slot] = old.heads[i];
      }
    }
    return bigger;
  }

  /// Whether any version is a cut of a relation.
  public boolean anyCut() {
    return anyCut;
  }

  /// Shows the versions of a key above `aboveLsn` and up to `upToLsn`, newest first.
  ///
  /// @return whether the visitor wants older ones
  public boolean visit(long high, long low, long aboveLsn, long upToLsn, VersionVisitor visitor) {
    long end = endLsn;
    long upTo = end != 0 && Long.compareUnsigned(end, upToLsn) < 0 ? end : upToLsn;
    Table current = table;
    int head = (int) HEADS.getAcquire(current.heads, current.slot(high, low));
    Segment[] all = segments;
    while (head != 0) {
      int entry = head - 1;
      Segment segment = all[entry >> SEGMENT_BITS];
      int i = entry & SEGMENT_MASK;
      long lsn = segment.lsns[i];
      if (Long.compareUnsigned(lsn, aboveLsn) <= 0) {
        return true;
      }
      if (Long.compareUnsigned(lsn, upTo) <= 0) {
        long shape = segment.shapes[i];
        ByteBuffer bytes = bytes(segment.places[i], (int) (shape >>> 32));
        if (!visitor.version(lsn, (int) shape & 0xFF, (int) (shape >>> 8) & 0xFF, bytes)) {
          return false;
        }
      }
      head = segment.previous[i];
    }
    return true;
  }

  private ByteBuffer bytes(long place, int length) {
    return chunks[(int) (place >>> 32)].slice((int) place, length);
  }

  /// Shows the newest version up to `upToLsn` of each key from `first` to `last`, in no order.
  public void visitNewest(PageKey first, PageKey last, long upToLsn, EntryVisitor visitor)
      throws IOException {
    Table current = table;
    List<PageKey> keys = new ArrayList<>();
    for (int i = 0; i < current.heads.length; i++) {
      if ((int) HEADS.getAcquire(current.heads, i) != 0) {
        long high = current.highs[i];
        long low = current.lows[i];
        if (PageKey.compare(high, low, first.high(), first.low()) >= 0
            && PageKey.compare(high, low, last.high(), last.low()) <= 0) {
          keys.add(new PageKey(high, low));
        }
      }
    }
    for (PageKey key : keys) {
      NewestVersion newest = new NewestVersion();
      visit(key.high(), key.low(), 0, upToLsn, newest);
      newest.passTo(key, visitor);
    }
  }

  /// Shows everything, sorted as in a file. For a frozen layer.
  public void visitSorted(EntryVisitor visitor) throws IOException {
    Table current = table;
    PageKey[] keys = new PageKey[keyCount];
    int count = 0;
    for (int i = 0; i < current.heads.length; i++) {
      if (current.heads[i] != 0) {
        keys[count++] = new PageKey(current.highs[i], current.lows[i]);
      }
    }
    Arrays.sort(keys);
    int[] entries = new int[16];
    for (PageKey key : keys) {
      int head = current.heads[current.slot(key.high(), key.low())];
      int chain = 0;
      while (head != 0) {
        if (chain == entries.length) {
          entries = Arrays.copyOf(entries, chain * 2);
        }
        entries[chain++] = head - 1;
        head = segments[(head - 1) >> SEGMENT_BITS].previous[(head - 1) & SEGMENT_MASK];
      }
      while (chain > 0) {
        chain--;
        Segment segment = segments[entries[chain] >> SEGMENT_BITS];
        int i = entries[chain] & SEGMENT_MASK;
        if (Long.compareUnsigned(segment.lsns[i], endLsn) > 0) {
          continue;
        }
        long shape = segment.shapes[i];
        visitor.entry(
            key.high(),
            key.low(),
            segment.lsns[i],
            (int) shape & 0xFF,
            (int) (shape >>> 8) & 0xFF,
            bytes(segment.places[i], (int) (shape >>> 32)));
      }
    }
  }

  /// One more holder. The caller is sure that there is one already.
  public void hold() {
    holders.incrementAndGet();
  }

  /// One holder less; the last one gives the memory back.
  public void release() {
    if (holders.decrementAndGet() == 0) {
      for (ByteBuffer chunk : chunks) {
        pool.give(chunk);
      }
    }
  }
}
