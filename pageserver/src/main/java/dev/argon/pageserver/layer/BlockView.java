package dev.argon.pageserver.layer;

import dev.argon.pageservice.PageKey;
import dev.argon.postgres.CorruptDataException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/// Entries of an unpacked block. Its checksum was right, so offsets are checked once here, only
/// against a writer's mistake.
final class BlockView {

  private final Path path;
  private final ByteBuffer block;
  private final int count;
  private final int offsetsAt;

  BlockView(Path path, ByteBuffer block) throws CorruptDataException {
    this.path = path;
    this.block = block;
    int size = block.capacity();
    count = size < Integer.BYTES ? -1 : block.getInt(size - Integer.BYTES);
    long table = size - Integer.BYTES - (long) count * Integer.BYTES;
    if (count < 0 || table < 0) {
      throw new CorruptDataException(path + ": a block with " + count + " entries");
    }
    offsetsAt = (int) table;
    if (count > 0
        && (offset(count - 1) < 0
            || offset(count - 1) + LayerFormat.ENTRY_HEADER_SIZE > offsetsAt)) {
      throw new CorruptDataException(path + ": a block whose entries do not fit");
    }
  }

  int count() {
    return count;
  }

  private int offset(int i) {
    return block.getInt(offsetsAt + i * Integer.BYTES);
  }

  long high(int i) {
    return block.getLong(offset(i));
  }

  long low(int i) {
    return block.getLong(offset(i) + 8);
  }

  long lsn(int i) {
    return block.getLong(offset(i) + 16);
  }

  int kind(int i) {
    return block.get(offset(i) + 24) & 0xFF;
  }

  int blockIndex(int i) {
    return block.get(offset(i) + 25) & 0xFF;
  }

  ByteBuffer bytes(int i) throws CorruptDataException {
    int start = offset(i) + LayerFormat.ENTRY_HEADER_SIZE;
    int length = block.getInt(start - Integer.BYTES);
    if (length < 0 || length > offsetsAt - start) {
      throw new CorruptDataException(path + ": an entry of " + length + " bytes in its block");
    }
    return block.slice(start, length);
  }

  boolean isKey(int i, long high, long low) {
    int at = offset(i);
    return block.getLong(at) == high && block.getLong(at + 8) == low;
  }

  /// The last entry at or before (key, LSN), or -1.
  int lastAtOrBefore(long high, long low, long lsn) {
    int from = 0;
    int to = count - 1;
    while (from <= to) {
      int middle = (from + to) >>> 1;
      int order = PageKey.compare(high(middle), low(middle), high, low);
      if (order == 0) {
        order = Long.compareUnsigned(lsn(middle), lsn);
      }
      if (order <= 0) {
        from = middle + 1;
      } else {
        to = middle - 1;
      }
    }
    return to;
  }
}
