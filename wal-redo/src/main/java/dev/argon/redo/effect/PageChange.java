package dev.argon.redo.effect;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.slru.CommitLog;
import dev.argon.postgres.slru.MultiXactMembers;
import dev.argon.postgres.slru.MultiXactOffsets;
import dev.argon.redo.heap.VisibilityMap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// A change of one page that a WAL record implies without a block reference. Whoever files values
/// by page keeps its bytes ([#encode]) and applies them when the page is asked for ([#apply]).
///
/// The encoding is ours; the byte table is in the package description. The tag's high four bits are
/// the version of the encoding, so bytes written by one release are read by later ones.
public sealed interface PageChange {

  int TAG_VISIBILITY_CLEAR = 0x11;
  int TAG_VISIBILITY_TRUNCATE = 0x12;
  int TAG_FREE_SPACE_TRUNCATE = 0x13;
  int TAG_TRANSACTION_STATES = 0x14;
  int TAG_MULTIXACT_OFFSETS = 0x15;
  int TAG_MULTIXACT_MEMBERS = 0x16;

  /// Clears bits of heap blocks that lie on one page of the visibility map.
  ///
  /// @param bits which of [VisibilityMap#VALID_BITS]
  @SuppressWarnings("ArrayRecordComponent") // encoded and dropped, never compared
  record VisibilityClear(int bits, int[] heapBlocks) implements PageChange {}

  /// Clears everything behind the first heap blocks of a visibility map page.
  ///
  /// @param heapBlocks how many keep their bits, 1 to 32671
  record VisibilityTruncate(int heapBlocks) implements PageChange {}

  /// Clears everything behind the first slots of a free space map page.
  ///
  /// @param slots how many stay, 1 to 4068
  record FreeSpaceTruncate(int slots) implements PageChange {}

  /// Sets the states of transactions that lie on one page of the commit log.
  ///
  /// @param state one of [CommitLog]'s
  @SuppressWarnings("ArrayRecordComponent")
  record TransactionStates(int state, int[] transactionIds) implements PageChange {}

  /// Sets where the members of multixacts begin, all on one page.
  @SuppressWarnings("ArrayRecordComponent")
  record MultiXactOffsetsSet(int[] multis, int[] offsets) implements PageChange {}

  /// Sets consecutive members, all on one page.
  ///
  /// @param firstOffset member offset of the first
  @SuppressWarnings("ArrayRecordComponent")
  record MultiXactMembersSet(int firstOffset, int[] transactionIds, int[] states)
      implements PageChange {}

  /// The change as bytes for [#apply].
  default byte[] encode() {
    return switch (this) {
      case VisibilityClear(int bits, int[] heapBlocks) ->
          withInts(TAG_VISIBILITY_CLEAR, bits, heapBlocks);
      case VisibilityTruncate(int heapBlocks) -> withShort(TAG_VISIBILITY_TRUNCATE, heapBlocks);
      case FreeSpaceTruncate(int slots) -> withShort(TAG_FREE_SPACE_TRUNCATE, slots);
      case TransactionStates(int state, int[] transactionIds) ->
          withInts(TAG_TRANSACTION_STATES, state, transactionIds);
      case MultiXactOffsetsSet(int[] multis, int[] offsets) -> {
        byte[] bytes = new byte[1 + 8 * multis.length];
        bytes[0] = TAG_MULTIXACT_OFFSETS;
        for (int i = 0; i < multis.length; i++) {
          LittleEndian.writeInt(bytes, 1 + 8 * i, multis[i]);
          LittleEndian.writeInt(bytes, 5 + 8 * i, offsets[i]);
        }
        yield bytes;
      }
      case MultiXactMembersSet(int firstOffset, int[] transactionIds, int[] states) -> {
        byte[] bytes = new byte[5 + 5 * transactionIds.length];
        bytes[0] = TAG_MULTIXACT_MEMBERS;
        LittleEndian.writeInt(bytes, 1, firstOffset);
        for (int i = 0; i < transactionIds.length; i++) {
          LittleEndian.writeInt(bytes, 5 + 5 * i, transactionIds[i]);
          bytes[9 + 5 * i] = (byte) states[i];
        }
        yield bytes;
      }
    };
  }

  private static byte[] withInts(int tag, int number, int[] values) {
    byte[] bytes = new byte[2 + 4 * values.length];
    bytes[0] = (byte) tag;
    bytes[1] = (byte) number;
    for (int i = 0; i < values.length; i++) {
      LittleEndian.writeInt(bytes, 2 + 4 * i, values[i]);
    }
    return bytes;
  }

  private static byte[] withShort(int tag, int value) {
    byte[] bytes = new byte[3];
    bytes[0] = (byte) tag;
    LittleEndian.writeShort(bytes, 1, value);
    return bytes;
  }

  /// Makes the page what it is after the change. A page of zeros is a valid page to change; the
  /// change never initialises one. The page's LSN stays: PostgreSQL sets none for these changes.
  ///
  /// @param page 8192 bytes at index 0, little-endian, writable
  /// @param endLsn where the record ends that implies the change
  /// @throws CorruptDataException if the bytes are no change; the page is then as it was
  /// @throws IllegalArgumentException if the buffer is no page's (a bug of the caller)
  @SuppressWarnings("unused") // endLsn: no change of this version sets a page's LSN
  static void apply(ByteBuffer page, byte[] change, long endLsn) throws CorruptDataException {
    if (page.limit() < 8192 || page.order() != ByteOrder.LITTLE_ENDIAN) {
      throw new IllegalArgumentException("page buffer " + page + ", " + page.order());
    }
    if (change.length < 3) {
      throw new CorruptDataException("page change of " + change.length + " bytes");
    }
    switch (change[0]) {
      case TAG_VISIBILITY_CLEAR -> clearVisibility(page, change);
      case TAG_VISIBILITY_TRUNCATE -> truncateVisibility(page, change);
      case TAG_FREE_SPACE_TRUNCATE -> {
        checkLength(change, 0, 3, 1);
        FreeSpaceMap.truncate(page, count(change, FreeSpaceMap.SLOTS_PER_PAGE));
      }
      case TAG_TRANSACTION_STATES -> setTransactionStates(page, change);
      case TAG_MULTIXACT_OFFSETS -> setMultiXactOffsets(page, change);
      case TAG_MULTIXACT_MEMBERS -> setMultiXactMembers(page, change);
      default ->
          throw new CorruptDataException("page change with tag " + Integer.toHexString(change[0]));
    }
  }

  // The bytes behind the fixed ones must be whole items.
  private static void checkLength(byte[] change, int item, int fixed, int itemsMin)
      throws CorruptDataException {
    int items = change.length - fixed;
    boolean whole = item == 0 ? items == 0 : items >= itemsMin * item && items % item == 0;
    if (!whole) {
      throw new CorruptDataException(
          "page change with tag %02X of %d bytes".formatted(change[0], change.length));
    }
  }

  private static int count(byte[] change, int end) throws CorruptDataException {
    int count = LittleEndian.unsignedShort(change, 1);
    if (count == 0 || count >= end) {
      throw new CorruptDataException("map is cut to " + count + " entries of a page");
    }
    return count;
  }

  private static void clearVisibility(ByteBuffer page, byte[] change) throws CorruptDataException {
    checkLength(change, 4, 2, 1);
    int bits = change[1];
    if (bits < 1 || bits > VisibilityMap.VALID_BITS) {
      throw new CorruptDataException("visibility bits " + bits);
    }
    for (int at = 2; at < change.length; at += 4) {
      int block = LittleEndian.readInt(change, at);
      int position = VisibilityMap.position(block);
      int mask = bits << VisibilityMap.shift(block);
      page.put(position, (byte) (page.get(position) & ~mask));
    }
  }

  private static void truncateVisibility(ByteBuffer page, byte[] change)
      throws CorruptDataException {
    checkLength(change, 0, 3, 1);
    int kept = count(change, VisibilityMap.BLOCKS_PER_PAGE);
    int position = VisibilityMap.position(kept);
    int mask = (1 << VisibilityMap.shift(kept)) - 1;
    page.put(position, (byte) (page.get(position) & mask));
    for (int i = position + 1; i < 8192; i++) {
      page.put(i, (byte) 0);
    }
  }

  private static void setTransactionStates(ByteBuffer page, byte[] change)
      throws CorruptDataException {
    checkLength(change, 4, 2, 1);
    int state = change[1];
    if (state < CommitLog.IN_PROGRESS || state > CommitLog.SUB_COMMITTED) {
      throw new CorruptDataException("transaction state " + state);
    }
    for (int at = 2; at < change.length; at += 4) {
      int index = CommitLog.indexInPage(LittleEndian.readInt(change, at));
      int shift = 2 * (index & 3);
      int others = page.get(index >> 2) & ~(3 << shift);
      page.put(index >> 2, (byte) (others | (state << shift)));
    }
  }

  private static void setMultiXactOffsets(ByteBuffer page, byte[] change)
      throws CorruptDataException {
    checkLength(change, 8, 1, 1);
    for (int at = 1; at < change.length; at += 8) {
      page.putInt(
          MultiXactOffsets.offsetInPage(LittleEndian.readInt(change, at)),
          LittleEndian.readInt(change, at + 4));
    }
  }

  private static void setMultiXactMembers(ByteBuffer page, byte[] change)
      throws CorruptDataException {
    checkLength(change, 5, 5, 1);
    int offset = LittleEndian.readInt(change, 1);
    for (int at = 5; at < change.length; at += 5) {
      page.put(MultiXactMembers.stateOffset(offset), change[at + 4]);
      page.putInt(MultiXactMembers.transactionOffset(offset), LittleEndian.readInt(change, at));
      offset++;
    }
  }
}
