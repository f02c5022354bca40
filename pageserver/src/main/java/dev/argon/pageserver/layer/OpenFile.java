package dev.argon.pageserver.layer;

import dev.argon.pageservice.PageKey;
import dev.argon.postgres.CorruptDataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/// A layer file whose footer, filter and index were read and found whole. The channel is closed by
/// the collector once no one reads any more: readers need not announce themselves.
final class OpenFile {

  private final Path path;
  private final FileChannel channel;
  private final LayerSummary summary;
  private final KeyFilter filter;

  /// As in the file.
  private final ByteBuffer index;

  private final int blocks;

  private OpenFile(
      Path path, FileChannel channel, LayerSummary summary, KeyFilter filter, ByteBuffer index) {
    this.path = path;
    this.channel = channel;
    this.summary = summary;
    this.filter = filter;
    this.index = index;
    blocks = index.limit() / LayerFormat.INDEX_ENTRY_SIZE;
  }

  static OpenFile open(Path path) throws IOException, CorruptDataException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    boolean whole = false;
    try {
      OpenFile file = read(path, channel);
      whole = true;
      return file;
    } finally {
      if (!whole) {
        channel.close();
      }
    }
  }

  private static OpenFile read(Path path, FileChannel channel)
      throws IOException, CorruptDataException {
    long size = channel.size();
    if (size < LayerFormat.HEADER_SIZE + LayerFormat.FOOTER_SIZE) {
      throw new CorruptDataException(path + ": too short for a layer file: " + size + " bytes");
    }
    ByteBuffer header = read(path, channel, 0, LayerFormat.HEADER_SIZE);
    if (header.getLong() != LayerFormat.HEADER_MAGIC) {
      throw new CorruptDataException(path + ": not a layer file");
    }
    int version = header.getInt();
    if (version != LayerFormat.VERSION) {
      throw new CorruptDataException(path + ": layer format " + version + " is not known");
    }
    ByteBuffer footer =
        read(path, channel, size - LayerFormat.FOOTER_SIZE, LayerFormat.FOOTER_SIZE);
    ByteBuffer checked = footer.duplicate().limit(LayerFormat.FOOTER_CRC_OFFSET);
    if (footer.getLong(0) != LayerFormat.FOOTER_MAGIC
        || footer.getInt(LayerFormat.FOOTER_CRC_OFFSET) != crc(checked)
        || footer.getLong(144) != size) {
      throw new CorruptDataException(path + ": torn layer file, no footer at its end");
    }
    long filterOffset = footer.getLong(112);
    int filterLength = footer.getInt(120);
    long indexOffset = footer.getLong(128);
    int indexLength = footer.getInt(136);
    int blocks = footer.getInt(108);
    if (filterOffset < LayerFormat.HEADER_SIZE
        || filterLength <= 0
        || filterLength % Long.BYTES != 0
        || filterOffset + filterLength != indexOffset
        || indexLength != (long) blocks * LayerFormat.INDEX_ENTRY_SIZE
        || blocks <= 0
        || indexOffset + indexLength != size - LayerFormat.FOOTER_SIZE) {
      throw new CorruptDataException(path + ": the parts of the layer file do not fit");
    }
    ByteBuffer filter = read(path, channel, filterOffset, filterLength);
    ByteBuffer index = read(path, channel, indexOffset, indexLength);
    if (crc(filter) != footer.getInt(124) || crc(index) != footer.getInt(140)) {
      throw new CorruptDataException(path + ": wrong checksum of the layer file's index");
    }
    long[] words = new long[filterLength / Long.BYTES];
    filter.asLongBuffer().get(words);
    return new OpenFile(path, channel, summary(path, footer), new KeyFilter(words), index);
  }

  private static LayerSummary summary(Path path, ByteBuffer footer) throws CorruptDataException {
    LayerKind kind =
        switch (footer.getInt(12)) {
          case 1 -> LayerKind.DELTA;
          case 2 -> LayerKind.IMAGE;
          default -> throw new CorruptDataException(path + ": a layer file of an unknown kind");
        };
    LayerIdentity identity =
        new LayerIdentity(
            new dev.argon.identity.TenantId(footer.getLong(16), footer.getLong(24)),
            new dev.argon.identity.TimelineId(footer.getLong(32), footer.getLong(40)),
            kind,
            footer.getLong(48),
            footer.getLong(56));
    return new LayerSummary(
        identity,
        new PageKey(footer.getLong(64), footer.getLong(72)),
        new PageKey(footer.getLong(80), footer.getLong(88)),
        footer.getLong(96),
        footer.getInt(104),
        footer.getLong(144));
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate());
    return (int) crc.getValue();
  }

  private static ByteBuffer read(Path path, FileChannel channel, long offset, int length)
      throws IOException, CorruptDataException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    read(path, channel, offset, bytes);
    return bytes.flip();
  }

  /// Fills `bytes`, whose position is 0.
  private static void read(Path path, FileChannel channel, long offset, ByteBuffer bytes)
      throws IOException, CorruptDataException {
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, offset + bytes.position()) < 0) {
        throw new CorruptDataException(path + ": ends before " + (offset + bytes.limit()));
      }
    }
  }

  LayerSummary summary() {
    return summary;
  }

  boolean mayContain(long hash) {
    return filter.mayContain(hash);
  }

  int blocks() {
    return blocks;
  }

  int memoryBytes() {
    return filter.words().length * Long.BYTES + index.capacity() + 512;
  }

  /// The last block that begins at or before (key, LSN), or -1.
  int lastBlockAtOrBefore(long high, long low, long lsn) {
    int from = 0;
    int to = blocks - 1;
    while (from <= to) {
      int middle = (from + to) >>> 1;
      int at = middle * LayerFormat.INDEX_ENTRY_SIZE;
      int order = PageKey.compare(index.getLong(at), index.getLong(at + 8), high, low);
      if (order == 0) {
        order = Long.compareUnsigned(index.getLong(at + 16), lsn);
      }
      if (order <= 0) {
        from = middle + 1;
      } else {
        to = middle - 1;
      }
    }
    return to;
  }

  /// Reads and unpacks a block.
  ByteBuffer block(int number, BlockCache cache) throws IOException, CorruptDataException {
    int at = number * LayerFormat.INDEX_ENTRY_SIZE;
    long offset = index.getLong(at + 24);
    int storedLength = index.getInt(at + 32);
    int length = index.getInt(at + 36);
    if (storedLength < 0
        || length < 0
        || offset < 0
        || offset + storedLength > summary.sizeBytes()) {
      throw new CorruptDataException(path + ": block " + number + " lies outside the file");
    }
    byte[] stored = new byte[storedLength];
    read(path, channel, offset, ByteBuffer.wrap(stored));
    CRC32C crc = new CRC32C();
    crc.update(stored);
    if ((int) crc.getValue() != index.getInt(at + 40)) {
      throw new CorruptDataException(
          path
              + ": wrong checksum of the block at offset "
              + offset
              + ", "
              + storedLength
              + " bytes");
    }
    if (index.getInt(at + 44) == LayerFormat.CODEC_NONE) {
      return ByteBuffer.wrap(stored);
    }
    byte[] content = cache.unpack(stored, length);
    if (content == null) {
      throw new CorruptDataException(path + ": cannot unpack the block at offset " + offset);
    }
    return ByteBuffer.wrap(content);
  }
}
