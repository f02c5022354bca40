package dev.argon.redo.fuzz;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.wal.WalRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A WAL record taken apart (xlogrecord.h), to be changed and put together again so that all its
/// lengths still fit.
public final class RecordParts {

  private static final int ID_DATA_SHORT = 255;
  private static final int ID_DATA_LONG = 254;
  private static final int ID_ORIGIN = 253;
  private static final int ID_TOP_TRANSACTION = 252;
  private static final int PAGE_SIZE = 8192;

  /// A block reference.
  static final class Block {
    int id;
    int flags;
    RelFileNode relation = new RelFileNode(0, 0, 0);
    int number;
    byte[] data = {};
    int imageInfo;
    int holeOffset;

    /// Of a compressed image: it stands in the header, of others it follows.
    int holeLength;

    byte[] image = {};

    boolean hasImage() {
      return (flags & WalRecord.BLOCK_HAS_IMAGE) != 0;
    }

    Block copy() {
      Block copy = new Block();
      copy.id = id;
      copy.flags = flags;
      copy.relation = relation;
      copy.number = number;
      copy.data = data.clone();
      copy.imageInfo = imageInfo;
      copy.holeOffset = holeOffset;
      copy.holeLength = holeLength;
      copy.image = image.clone();
      return copy;
    }
  }

  final byte[] header;
  final List<Block> blocks = new ArrayList<>();
  byte[] mainData;
  int originId;
  int topTransactionId;

  RecordParts(WalRecord record) {
    byte[] bytes = record.bytes();
    header = Arrays.copyOfRange(bytes, record.offset(), record.offset() + WalRecord.HEADER_SIZE);
    for (int i = 0; i < record.blockCount(); i++) {
      Block block = new Block();
      block.id = record.blockId(i);
      block.flags =
          record.blockFork(i)
              | (record.blockWillInit(i) ? WalRecord.BLOCK_WILL_INIT : 0)
              | (record.blockHasImage(i) ? WalRecord.BLOCK_HAS_IMAGE : 0);
      block.relation = record.blockRelation(i);
      block.number = record.blockNumber(i);
      block.data = part(bytes, record.blockDataOffset(i), record.blockDataLength(i));
      if (record.blockHasImage(i)) {
        block.imageInfo = record.blockImageInfo(i);
        int length = record.blockImageLength(i);
        block.image = part(bytes, record.blockDataOffset(i) - length, length);
        findHole(record, i, block);
      }
      blocks.add(block);
    }
    mainData = part(bytes, record.mainDataOffset(), record.mainDataLength());
    originId = record.originId();
    topTransactionId = record.topTransactionId();
  }

  private RecordParts(RecordParts original) {
    header = original.header.clone();
    original.blocks.forEach(block -> blocks.add(block.copy()));
    mainData = original.mainData.clone();
    originId = original.originId;
    topTransactionId = original.topTransactionId;
  }

  /// To be changed while this one stays.
  RecordParts copy() {
    return new RecordParts(this);
  }

  /// The record without the images that redo does not restore.
  RecordParts withoutConsistencyImages() {
    RecordParts copy = copy();
    for (Block block : copy.blocks) {
      if ((block.imageInfo & WalRecord.IMAGE_APPLY) == 0) {
        block.flags &= ~WalRecord.BLOCK_HAS_IMAGE;
        block.image = new byte[0];
      }
    }
    return copy;
  }

  boolean restoresImage() {
    for (Block block : blocks) {
      if (block.hasImage() && (block.imageInfo & WalRecord.IMAGE_APPLY) != 0) {
        return true;
      }
    }
    return false;
  }

  private static byte[] part(byte[] bytes, int offset, int length) {
    return Arrays.copyOfRange(bytes, offset, offset + length);
  }

  /// A standard page's hole lies between `pd_lower` and `pd_upper`.
  private void findHole(WalRecord record, int i, Block block) {
    byte[] page = new byte[PAGE_SIZE];
    try {
      record.blockImage(i, page);
    } catch (CorruptDataException _) {
      return;
    }
    block.holeOffset = LittleEndian.unsignedShort(page, 12);
    block.holeLength = Math.max(0, LittleEndian.unsignedShort(page, 14) - block.holeOffset);
  }

  byte[] toBytes() {
    Output out = new Output(64 + mainData.length + blocks.size() * 40 + payload());
    out.put(header);
    for (Block block : blocks) {
      putHeader(out, block);
    }
    if (originId != 0) {
      out.put(ID_ORIGIN, 1);
      out.put(originId, 2);
    }
    if (topTransactionId != 0) {
      out.put(ID_TOP_TRANSACTION, 1);
      out.put(topTransactionId, 4);
    }
    if (mainData.length > 255) {
      out.put(ID_DATA_LONG, 1);
      out.put(mainData.length, 4);
    } else if (mainData.length > 0) {
      out.put(ID_DATA_SHORT, 1);
      out.put(mainData.length, 1);
    }
    for (Block block : blocks) {
      out.put(block.image);
      out.put(block.data);
    }
    out.put(mainData);
    return out.finish();
  }

  private int payload() {
    int sum = 0;
    for (Block block : blocks) {
      sum += block.image.length + block.data.length;
    }
    return sum;
  }

  private void putHeader(Output out, Block block) {
    int flags = block.flags & (0x0F | WalRecord.BLOCK_WILL_INIT | WalRecord.BLOCK_HAS_IMAGE);
    out.put(block.id, 1);
    out.put(block.data.length > 0 ? flags | WalRecord.BLOCK_HAS_DATA : flags, 1);
    out.put(block.data.length, 2);
    if (block.hasImage()) {
      boolean compressed = (block.imageInfo & 0x1C) != 0;
      boolean hole = compressed ? (block.imageInfo & 1) != 0 : block.image.length < PAGE_SIZE;
      out.put(block.image.length, 2);
      out.put(hole ? block.holeOffset : 0, 2);
      out.put(hole ? block.imageInfo | 1 : block.imageInfo & ~1, 1);
      if (compressed && hole) {
        out.put(block.holeLength, 2);
      }
    }
    out.put(block.relation.spcNode(), 4);
    out.put(block.relation.dbNode(), 4);
    out.put(block.relation.relNode(), 4);
    out.put(block.number, 4);
  }

  /// Bytes that grow from the front.
  private static final class Output {
    private final byte[] bytes;
    private int length;

    Output(int lengthMax) {
      bytes = new byte[lengthMax];
    }

    void put(byte[] part) {
      System.arraycopy(part, 0, bytes, length, part.length);
      length += part.length;
    }

    void put(int value, int size) {
      for (int i = 0; i < size; i++) {
        bytes[length++] = (byte) (value >>> (8 * i));
      }
    }

    byte[] finish() {
      byte[] record = Arrays.copyOf(bytes, length);
      for (int i = 0; i < 4; i++) {
        record[i] = (byte) (length >>> (8 * i));
      }
      return record;
    }
  }
}
