package dev.argon.postgres.wal;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.RelFileNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// A view over one WAL record that lies contiguous in memory, from `xl_tot_len` to its last byte
/// (page headers taken out, alignment at the end not included). The bytes are not copied: they must
/// not change while the view is in use.
///
/// [#reset] checks every length once; the accessors then stay inside the record. All offsets are
/// positions in [#bytes()]. One object may be used for many records, one after the other, by one
/// thread. Block numbers, transaction ids and object ids are unsigned 32-bit numbers in an `int`.
public final class WalRecord {

  /// `SizeOfXLogRecord`.
  public static final int HEADER_SIZE = 24;

  /// More than any server writes: `XLogRecordMaxSize` of later versions.
  public static final int LENGTH_MAX = 1020 << 20;

  /// `XLR_MAX_BLOCK_ID`.
  public static final int BLOCK_ID_MAX = 32;

  /// The size of a page and of a restored image.
  public static final int PAGE_SIZE = 8192;

  /// `BKPIMAGE_*`.
  public static final int IMAGE_HAS_HOLE = 0x01;

  public static final int IMAGE_APPLY = 0x02;
  public static final int IMAGE_COMPRESS_PGLZ = 0x04;
  public static final int IMAGE_COMPRESS_LZ4 = 0x08;
  public static final int IMAGE_COMPRESS_ZSTD = 0x10;
  private static final int IMAGE_COMPRESSED =
      IMAGE_COMPRESS_PGLZ | IMAGE_COMPRESS_LZ4 | IMAGE_COMPRESS_ZSTD;

  /// `BKPBLOCK_*`.
  public static final int BLOCK_FORK_MASK = 0x0F;

  public static final int BLOCK_HAS_IMAGE = 0x10;
  public static final int BLOCK_HAS_DATA = 0x20;
  public static final int BLOCK_WILL_INIT = 0x40;
  public static final int BLOCK_SAME_RELATION = 0x80;

  /// `XLR_BLOCK_ID_*`: ids that are no blocks.
  static final int ID_DATA_SHORT = 255;

  static final int ID_DATA_LONG = 254;
  static final int ID_ORIGIN = 253;
  static final int ID_TOP_TRANSACTION = 252;

  static final int OFFSET_TRANSACTION_ID = 4;
  static final int OFFSET_PREV = 8;
  static final int OFFSET_INFO = 16;
  static final int OFFSET_RESOURCE_MANAGER = 17;
  static final int OFFSET_CRC = 20;

  // One row of numbers per block reference, in one array that is kept between records.
  private static final int ID = 0;
  private static final int FLAGS = 1;
  private static final int SPC_NODE = 2;
  private static final int DB_NODE = 3;
  private static final int REL_NODE = 4;
  private static final int BLOCK_NUMBER = 5;
  private static final int DATA_OFFSET = 6;
  private static final int DATA_LENGTH = 7;
  private static final int IMAGE_OFFSET = 8;
  private static final int IMAGE_LENGTH = 9;
  private static final int HOLE_OFFSET = 10;
  private static final int HOLE_LENGTH = 11;
  private static final int IMAGE_INFO = 12;
  private static final int ROW = 13;
  private static final int ROWS_AT_FIRST = 3;

  private static final byte[] NOTHING = {};

  private byte[] bytes = NOTHING;
  private ByteBuffer buffer = ByteBuffer.wrap(NOTHING).order(ByteOrder.LITTLE_ENDIAN);
  private int offset;
  private int length;

  private int blockCount;
  private int[] blocks = new int[ROWS_AT_FIRST * ROW];
  private int originId;
  private int topTransactionId;
  private int mainDataOffset;
  private int mainDataLength;

  /// A view over no record yet; every accessor but [#length()] needs a [#reset] first.
  public WalRecord() {}

  /// A new view over the record at `offset`.
  ///
  /// @throws CorruptDataException as [#reset]
  public static WalRecord decode(byte[] bytes, int offset, int length) throws CorruptDataException {
    WalRecord record = new WalRecord();
    record.reset(bytes, offset, length);
    return record;
  }

  /// Looks at another record.
  ///
  /// @throws CorruptDataException if the bytes are no record of exactly `length` bytes; the
  ///   checksum is not looked at, see [#verifyCrc]
  /// @throws IndexOutOfBoundsException if `bytes` has no such range (a bug of the caller)
  public void reset(byte[] bytes, int offset, int length) throws CorruptDataException {
    java.util.Objects.checkFromIndexSize(offset, length, bytes.length);
    this.bytes = bytes;
    this.offset = offset;
    this.length = length;
    blockCount = 0;
    originId = 0;
    topTransactionId = 0;
    mainDataLength = 0;
    if (length < HEADER_SIZE || LittleEndian.readInt(bytes, offset) != length) {
      int claimed = length < 4 ? 0 : LittleEndian.readInt(bytes, offset);
      this.length = 0;
      throw new CorruptDataException(
          "WAL record of "
              + length
              + " bytes says it has "
              + Integer.toUnsignedString(claimed)
              + " bytes");
    }
    try {
      int payload = decodeHeaders();
      placePayload(payload);
    } catch (CorruptDataException e) {
      this.length = 0;
      blockCount = 0;
      throw e;
    }
  }

  // Reads the fragment headers; returns where the payload begins. Lengths are summed up in a long:
  // 33 blocks and one main data length of 32 bits cannot overflow it.
  private int decodeHeaders() throws CorruptDataException {
    int position = offset + HEADER_SIZE;
    int end = offset + length;
    long payload = 0;
    int lastId = -1;
    while (end - position > payload) {
      int id = LittleEndian.unsignedByte(bytes, position++);
      if (id == ID_DATA_SHORT) {
        need(position, 1);
        mainDataLength = LittleEndian.unsignedByte(bytes, position++);
        payload += mainDataLength;
        break;
      } else if (id == ID_DATA_LONG) {
        need(position, 4);
        long dataLength = LittleEndian.unsignedInt(bytes, position);
        position += 4;
        payload += dataLength;
        mainDataLength = (int) Math.min(dataLength, Integer.MAX_VALUE);
        break;
      } else if (id == ID_ORIGIN) {
        need(position, 2);
        originId = LittleEndian.unsignedShort(bytes, position);
        position += 2;
      } else if (id == ID_TOP_TRANSACTION) {
        need(position, 4);
        topTransactionId = LittleEndian.readInt(bytes, position);
        position += 4;
      } else if (id <= BLOCK_ID_MAX) {
        if (id <= lastId) {
          throw corrupt("block reference " + id + " is out of order");
        }
        lastId = id;
        position = decodeBlock(id, position);
        int row = (blockCount - 1) * ROW;
        payload += blocks[row + DATA_LENGTH] + blocks[row + IMAGE_LENGTH];
      } else {
        throw corrupt("block reference with id " + id);
      }
    }
    if (end - position != payload) {
      throw corrupt(
          "payload of " + (end - position) + " bytes where " + payload + " were announced");
    }
    return position;
  }

  private int decodeBlock(int id, int start) throws CorruptDataException {
    int row = blockCount * ROW;
    if (row == blocks.length) {
      blocks = Arrays.copyOf(blocks, Math.min(blocks.length * 2, (BLOCK_ID_MAX + 1) * ROW));
    }
    int position = start;
    need(position, 3);
    int flags = LittleEndian.unsignedByte(bytes, position);
    int dataLength = LittleEndian.unsignedShort(bytes, position + 1);
    position += 3;
    if (((flags & BLOCK_HAS_DATA) != 0) != (dataLength != 0)) {
      throw corrupt("data flag and length " + dataLength + " of block " + id + " differ");
    }
    if ((flags & BLOCK_FORK_MASK) >= dev.argon.postgres.Fork.COUNT) {
      throw corrupt("fork " + (flags & BLOCK_FORK_MASK) + " of block " + id);
    }
    blocks[row + ID] = id;
    blocks[row + FLAGS] = flags;
    blocks[row + DATA_LENGTH] = dataLength;
    blocks[row + IMAGE_LENGTH] = 0;
    blocks[row + IMAGE_INFO] = 0;
    if ((flags & BLOCK_HAS_IMAGE) != 0) {
      position = decodeImage(row, position);
    }
    if ((flags & BLOCK_SAME_RELATION) == 0) {
      need(position, 12);
      blocks[row + SPC_NODE] = LittleEndian.readInt(bytes, position);
      blocks[row + DB_NODE] = LittleEndian.readInt(bytes, position + 4);
      blocks[row + REL_NODE] = LittleEndian.readInt(bytes, position + 8);
      position += 12;
    } else if (blockCount == 0) {
      throw corrupt("block " + id + " refers to a relation before it, but is the first");
    } else {
      System.arraycopy(blocks, row - ROW + SPC_NODE, blocks, row + SPC_NODE, 3);
    }
    need(position, 4);
    blocks[row + BLOCK_NUMBER] = LittleEndian.readInt(bytes, position);
    blockCount++;
    return position + 4;
  }

  private int decodeImage(int row, int start) throws CorruptDataException {
    int position = start;
    need(position, 5);
    int imageLength = LittleEndian.unsignedShort(bytes, position);
    int holeOffset = LittleEndian.unsignedShort(bytes, position + 2);
    int info = LittleEndian.unsignedByte(bytes, position + 4);
    position += 5;
    boolean hasHole = (info & IMAGE_HAS_HOLE) != 0;
    boolean compressed = (info & IMAGE_COMPRESSED) != 0;
    int holeLength;
    if (!compressed) {
      holeLength = PAGE_SIZE - imageLength;
    } else if (hasHole) {
      need(position, 2);
      holeLength = LittleEndian.unsignedShort(bytes, position);
      position += 2;
    } else {
      holeLength = 0;
    }
    boolean holeFits = holeLength >= 0 && holeOffset + holeLength <= PAGE_SIZE;
    boolean holeAgrees =
        hasHole ? holeOffset > 0 && holeLength > 0 : holeOffset == 0 && holeLength == 0;
    if (!holeFits || !holeAgrees || (compressed && imageLength >= PAGE_SIZE)) {
      throw corrupt(
          "image of block "
              + blocks[row + ID]
              + " with info "
              + info
              + ", length "
              + imageLength
              + " and a hole of "
              + holeLength
              + " bytes at "
              + holeOffset);
    }
    blocks[row + IMAGE_LENGTH] = imageLength;
    blocks[row + HOLE_OFFSET] = holeOffset;
    blocks[row + HOLE_LENGTH] = holeLength;
    blocks[row + IMAGE_INFO] = info;
    return position;
  }

  private void placePayload(int start) {
    int position = start;
    for (int row = 0; row < blockCount * ROW; row += ROW) {
      blocks[row + IMAGE_OFFSET] = position;
      position += blocks[row + IMAGE_LENGTH];
      blocks[row + DATA_OFFSET] = position;
      position += blocks[row + DATA_LENGTH];
    }
    mainDataOffset = position;
  }

  private void need(int position, int count) throws CorruptDataException {
    if (offset + length - position < count) {
      throw corrupt("it ends within a header");
    }
  }

  private CorruptDataException corrupt(String what) {
    return new CorruptDataException("WAL record " + this + ": " + what);
  }

  /// The memory this view looks at; the record is a part of it.
  public byte[] bytes() {
    return bytes;
  }

  /// Where the record begins in [#bytes()].
  public int offset() {
    return offset;
  }

  /// `xl_tot_len`.
  public int length() {
    return length;
  }

  /// [#bytes()] as a little-endian buffer for absolute reads; its index 0 is the array's.
  @SuppressWarnings("ReferenceEquality") // the same array, not an equal one
  public ByteBuffer buffer() {
    if (buffer.array() != bytes) {
      buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
    return buffer;
  }

  /// `xl_xid`, 0 if the record belongs to no transaction.
  public int transactionId() {
    return LittleEndian.readInt(bytes, offset + OFFSET_TRANSACTION_ID);
  }

  /// `xl_prev`: where the record before begins.
  public long prevLsn() {
    return LittleEndian.readLong(bytes, offset + OFFSET_PREV);
  }

  /// The bits of `xl_info` that belong to the resource manager (0xF0).
  public int info() {
    return rawInfo() & 0xF0;
  }

  /// `xl_info` whole.
  public int rawInfo() {
    return LittleEndian.unsignedByte(bytes, offset + OFFSET_INFO);
  }

  /// `xl_rmid`; see [ResourceManager].
  public int resourceManager() {
    return LittleEndian.unsignedByte(bytes, offset + OFFSET_RESOURCE_MANAGER);
  }

  /// `xl_crc`.
  public int crc() {
    return LittleEndian.readInt(bytes, offset + OFFSET_CRC);
  }

  /// Whether the checksum is the one of these bytes.
  public boolean verifyCrc() {
    return crc() == computeCrc(bytes, offset, length);
  }

  /// The checksum of a record: everything behind the header, then the header up to the checksum.
  static int computeCrc(byte[] bytes, int offset, int length) {
    return computeCrc(new CRC32C(), bytes, offset, length);
  }

  /// As above, with an object that the caller keeps.
  static int computeCrc(CRC32C crc, byte[] bytes, int offset, int length) {
    crc.reset();
    crc.update(bytes, offset + HEADER_SIZE, length - HEADER_SIZE);
    crc.update(bytes, offset, OFFSET_CRC);
    return (int) crc.getValue();
  }

  /// How many blocks the record refers to. Below, `i` counts them from 0 in their order.
  public int blockCount() {
    return blockCount;
  }

  /// The id by which redo knows the reference; ids may have gaps.
  public int blockId(int i) {
    return blocks[row(i) + ID];
  }

  /// Which reference has this id, or -1.
  public int blockIndexOf(int blockId) {
    for (int i = 0; i < blockCount; i++) {
      if (blocks[i * ROW + ID] == blockId) {
        return i;
      }
    }
    return -1;
  }

  public RelFileNode blockRelation(int i) {
    int row = row(i);
    return new RelFileNode(blocks[row + SPC_NODE], blocks[row + DB_NODE], blocks[row + REL_NODE]);
  }

  public int blockSpcNode(int i) {
    return blocks[row(i) + SPC_NODE];
  }

  public int blockDbNode(int i) {
    return blocks[row(i) + DB_NODE];
  }

  public int blockRelNode(int i) {
    return blocks[row(i) + REL_NODE];
  }

  /// See [dev.argon.postgres.Fork].
  public int blockFork(int i) {
    return blocks[row(i) + FLAGS] & BLOCK_FORK_MASK;
  }

  public int blockNumber(int i) {
    return blocks[row(i) + BLOCK_NUMBER];
  }

  public boolean blockHasImage(int i) {
    return (blocks[row(i) + FLAGS] & BLOCK_HAS_IMAGE) != 0;
  }

  /// Whether redo restores the image (`BKPIMAGE_APPLY`); else it is there for consistency checks.
  public boolean blockImageApplies(int i) {
    return (blocks[row(i) + IMAGE_INFO] & IMAGE_APPLY) != 0;
  }

  /// Whether redo makes the page anew, so that the old one does not matter.
  public boolean blockWillInit(int i) {
    return (blocks[row(i) + FLAGS] & BLOCK_WILL_INIT) != 0;
  }

  public boolean blockHasData(int i) {
    return blocks[row(i) + DATA_LENGTH] != 0;
  }

  public int blockDataOffset(int i) {
    return blocks[row(i) + DATA_OFFSET];
  }

  public int blockDataLength(int i) {
    return blocks[row(i) + DATA_LENGTH];
  }

  /// The stored length of the image, after taking out the hole and compression.
  public int blockImageLength(int i) {
    return blocks[row(i) + IMAGE_LENGTH];
  }

  /// Where the hole of an image begins; 0 without a hole. Only asked of a block with an image.
  public int blockHoleOffset(int i) {
    return blocks[row(i) + HOLE_OFFSET];
  }

  /// How many zeros were left out of an image. Only asked of a block with an image.
  public int blockHoleLength(int i) {
    return blocks[row(i) + HOLE_LENGTH];
  }

  /// `bimg_info`: the `IMAGE_` bits, 0 without an image.
  public int blockImageInfo(int i) {
    return blocks[row(i) + IMAGE_INFO];
  }

  /// Restores the full-page image of a reference, hole and all, as `RestoreBlockImage` does.
  ///
  /// @param target at least [#PAGE_SIZE] bytes; its first are overwritten, also on failure
  /// @throws CorruptDataException if there is no image or it does not unpack to a page
  public void blockImage(int i, byte[] target) throws CorruptDataException {
    int row = row(i);
    if (!blockHasImage(i)) {
      throw corrupt("block " + blockId(i) + " has no image");
    }
    int holeOffset = blocks[row + HOLE_OFFSET];
    int holeLength = blocks[row + HOLE_LENGTH];
    int stored = PAGE_SIZE - holeLength;
    int info = blocks[row + IMAGE_INFO];
    // The bytes without the hole go to the front; then what lies behind the hole moves back.
    if ((info & IMAGE_COMPRESSED) == 0) {
      System.arraycopy(bytes, blocks[row + IMAGE_OFFSET], target, 0, stored);
    } else {
      boolean complete =
          ImageCompression.decompress(
              info, bytes, blocks[row + IMAGE_OFFSET], blocks[row + IMAGE_LENGTH], target, stored);
      if (!complete) {
        throw corrupt("the compressed image of block " + blockId(i) + " does not unpack");
      }
    }
    if (holeLength > 0) {
      int holeEnd = holeOffset + holeLength;
      System.arraycopy(target, holeOffset, target, holeEnd, PAGE_SIZE - holeEnd);
      Arrays.fill(target, holeOffset, holeEnd, (byte) 0);
    }
  }

  /// The data that belongs to no block.
  public int mainDataOffset() {
    return mainDataOffset;
  }

  public int mainDataLength() {
    return mainDataLength;
  }

  /// The replication origin, 0 if none.
  public int originId() {
    return originId;
  }

  /// The top transaction of a subtransaction, where the record says it (logical decoding), else 0.
  public int topTransactionId() {
    return topTransactionId;
  }

  private int row(int i) {
    return java.util.Objects.checkIndex(i, blockCount) * ROW;
  }

  /// Resource manager, info, length and previous record, for messages.
  @Override
  public String toString() {
    if (length < HEADER_SIZE) {
      return "(none)";
    }
    return "%s/%02X of %d bytes, prev %s"
        .formatted(
            ResourceManager.name(resourceManager()), info(), length, Lsn.toString(prevLsn()));
  }
}
