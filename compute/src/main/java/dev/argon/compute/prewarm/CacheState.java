package dev.argon.compute.prewarm;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.RelFileNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.List;

/// A list of blocks; the package describes its bytes.
///
/// @param partBlocksLog binary logarithm of the blocks that a part can name
/// @param blocks the bit `part << partBlocksLog | i` is set if block `i` of that part is meant
public record CacheState(int partBlocksLog, List<Part> parts, BitSet blocks) {

  static final int MAGIC = 0xfcfcfcfc;
  static final int HEADER_BYTES = 16;
  static final int PART_BYTES = 20;

  /// What is written: parts of 128 blocks, a mebibyte.
  static final int PART_BLOCKS_LOG = 7;

  static final int PART_BLOCKS = 1 << PART_BLOCKS_LOG;

  private static final int PART_BLOCKS_LOG_MAX = 10;
  private static final int FORK_MAX = 3;

  /// The most parts that are read or written: half a million mebibytes of cache.
  public static final int PARTS_MAX = 1 << 19;

  /// Consecutive blocks of one fork.
  ///
  /// @param firstBlock unsigned
  public record Part(RelFileNode relation, int fork, int firstBlock) {}

  public CacheState {
    parts = List.copyOf(parts);
  }

  public boolean isEmpty() {
    return parts.isEmpty();
  }

  /// How many blocks it names.
  public int blockCount() {
    return blocks.cardinality();
  }

  public byte[] encode() {
    byte[] bits = blocks.toByteArray();
    int bitBytes = ((parts.size() << partBlocksLog) + 7) / 8;
    ByteBuffer bytes =
        ByteBuffer.allocate(HEADER_BYTES + parts.size() * PART_BYTES + bitBytes)
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(MAGIC).putInt(parts.size()).putInt(blockCount());
    bytes.putShort((short) partBlocksLog).putShort((short) 0);
    for (Part part : parts) {
      bytes.putInt(part.relation.spcNode());
      bytes.putInt(part.relation.dbNode());
      bytes.putInt(part.relation.relNode());
      bytes.putInt(part.fork);
      bytes.putInt(part.firstBlock);
    }
    bytes.put(bits);
    return bytes.array();
  }

  /// @throws CorruptDataException if the bytes are none
  public static CacheState decode(byte[] from) throws CorruptDataException {
    ByteBuffer bytes = ByteBuffer.wrap(from).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.remaining() < HEADER_BYTES || bytes.getInt() != MAGIC) {
      throw new CorruptDataException("not a state of a local cache");
    }
    int count = bytes.getInt();
    long named = Integer.toUnsignedLong(bytes.getInt());
    int log = bytes.getShort();
    int _ = bytes.getShort();
    if (count < 0 || count > PARTS_MAX || log < 0 || log > PART_BLOCKS_LOG_MAX) {
      throw new CorruptDataException(
          "a state of a local cache with " + count + " parts of 2^" + log + " blocks");
    }
    long bitBytes = (((long) count << log) + 7) / 8;
    if (bytes.remaining() != count * (long) PART_BYTES + bitBytes) {
      throw new CorruptDataException(
          "a state of a local cache with " + count + " parts has not " + from.length + " bytes");
    }
    Part[] parts = new Part[count];
    for (int i = 0; i < count; i++) {
      parts[i] = part(bytes);
    }
    BitSet blocks = BitSet.valueOf(bytes);
    if (blocks.length() > count << log || blocks.cardinality() != named) {
      throw new CorruptDataException(
          "a state of a local cache names " + blocks.cardinality() + " blocks, not " + named);
    }
    return new CacheState(log, List.of(parts), blocks);
  }

  private static Part part(ByteBuffer bytes) throws CorruptDataException {
    Part part =
        new Part(
            new RelFileNode(bytes.getInt(), bytes.getInt(), bytes.getInt()),
            bytes.getInt(),
            bytes.getInt());
    if (part.fork < 0 || part.fork > FORK_MAX) {
      throw new CorruptDataException("a state of a local cache names fork " + part.fork);
    }
    return part;
  }
}
