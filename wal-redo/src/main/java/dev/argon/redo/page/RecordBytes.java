package dev.argon.redo.page;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.wal.WalRecord;

/// The checks that what redo reads of a record is there: a redo function asks once for the bytes it
/// needs and then reads freely inside them.
public final class RecordBytes {

  private RecordBytes() {}

  /// Where the record's main data starts.
  ///
  /// @throws CorruptDataException if it has fewer than `length` bytes
  public static int mainData(WalRecord record, int length) throws CorruptDataException {
    if (record.mainDataLength() < length) {
      throw new CorruptDataException(
          "main data of " + record.mainDataLength() + " bytes, expected " + length);
    }
    return record.mainDataOffset();
  }

  /// How many bytes of data a block reference carries.
  public static int blockDataLength(WalRecord record, int blockIndex) {
    return record.blockHasData(blockIndex) ? record.blockDataLength(blockIndex) : 0;
  }

  /// Where a block reference's data starts, however much it is.
  public static int blockDataStart(WalRecord record, int blockIndex) {
    return record.blockHasData(blockIndex) ? record.blockDataOffset(blockIndex) : 0;
  }

  /// Where a block reference's data starts.
  ///
  /// @throws CorruptDataException if it has fewer than `length` bytes
  public static int blockData(WalRecord record, int blockIndex, int length)
      throws CorruptDataException {
    if (blockDataLength(record, blockIndex) < length) {
      throw new CorruptDataException(
          "block data of " + blockDataLength(record, blockIndex) + " bytes, expected " + length);
    }
    return blockDataStart(record, blockIndex);
  }

  /// The redo function builds the page anew; the reference must say so.
  public static void requireInit(WalRecord record, int blockIndex) throws CorruptDataException {
    if (!record.blockWillInit(blockIndex)) {
      throw new CorruptDataException("block to be initialised is not marked so");
    }
  }

  /// The redo function changes the page; the reference must not promise a new one.
  public static void requireChange(WalRecord record, int blockIndex) throws CorruptDataException {
    if (record.blockWillInit(blockIndex)) {
      throw new CorruptDataException("block to be changed is marked as initialised");
    }
  }

  /// A block id that the record's kind does not have.
  public static CorruptDataException noSuchBlock(WalRecord record, int blockIndex) {
    return new CorruptDataException("unexpected block id " + record.blockId(blockIndex));
  }
}
