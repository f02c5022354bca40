package dev.argon.pageserver.timeline;

import dev.argon.pageserver.layer.ValueKind;
import dev.argon.pageserver.layer.VersionVisitor;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// The versions of one key that make up its state at some LSN, newest first, ending with one that
/// needs no older one where there is such.
final class VersionChain implements VersionVisitor {

  private long[] lsns = new long[16];
  private int[] kinds = new int[16];
  private int[] blockIndexes = new int[16];
  private ByteBuffer[] bytes = new ByteBuffer[16];
  private int size;

  void clear() {
    Arrays.fill(bytes, 0, size, null);
    size = 0;
  }

  @Override
  public boolean version(long lsn, int kind, int blockIndex, ByteBuffer content) {
    if (size == lsns.length) {
      lsns = Arrays.copyOf(lsns, 2 * size);
      kinds = Arrays.copyOf(kinds, 2 * size);
      blockIndexes = Arrays.copyOf(blockIndexes, 2 * size);
      bytes = Arrays.copyOf(bytes, 2 * size);
    }
    lsns[size] = lsn;
    kinds[size] = kind;
    blockIndexes[size] = blockIndex;
    bytes[size] = content;
    size++;
    return !ValueKind.initialises(kind);
  }

  int size() {
    return size;
  }

  long lsn(int i) {
    return lsns[i];
  }

  int kind(int i) {
    return kinds[i];
  }

  int blockIndex(int i) {
    return blockIndexes[i];
  }

  ByteBuffer bytes(int i) {
    return bytes[i];
  }
}
