package dev.argon.pageserver.layer;

import com.github.luben.zstd.ZstdCompressCtx;
import dev.argon.pageservice.PageKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// Writes one layer file from entries that come sorted. The file counts after [#finish] only; a
/// writer that is closed before leaves nothing behind.
public final class LayerWriter implements AutoCloseable {

  private static final int COMPRESSION_LEVEL = 1;

  private final Path path;
  private final LayerIdentity identity;
  private final FileChannel channel;
  private final ZstdCompressCtx compressor = new ZstdCompressCtx();
  private boolean finished;

  // The block being filled.
  private ByteBuffer block = ByteBuffer.allocateDirect(4 * LayerFormat.BLOCK_SIZE_TARGET);
  private ByteBuffer packed = ByteBuffer.allocateDirect(4 * LayerFormat.BLOCK_SIZE_TARGET);
  private int[] offsets = new int[256];
  private int entriesInBlock;

  // What the file has so far.
  private ByteBuffer index = ByteBuffer.allocate(64 * LayerFormat.INDEX_ENTRY_SIZE);
  private int blocks;
  private long fileOffset;
  private long[] hashes = new long[1024];
  private int keys;
  private long versions;
  private int cuts;
  private long firstHigh;
  private long firstLow;
  private long lastHigh;
  private long lastLow;
  private long blockFirstLsn;
  private long blockFirstHigh;
  private long blockFirstLow;

  /// Begins the file, which must not exist.
  public LayerWriter(Path path, LayerIdentity identity) throws IOException {
    this.path = path;
    this.identity = identity;
    channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    compressor.setLevel(COMPRESSION_LEVEL);
    ByteBuffer header = ByteBuffer.allocate(LayerFormat.HEADER_SIZE);
    header
        .putLong(LayerFormat.HEADER_MAGIC)
        .putInt(LayerFormat.VERSION)
        .putInt(identity.kind().code());
    write(header.flip());
  }

  /// Bytes written and waiting; where to end a file is the caller's choice.
  public long sizeBytes() {
    return fileOffset + block.position();
  }

  public long versions() {
    return versions;
  }

  /// Appends a version; its bytes are copied.
  ///
  /// @throws IllegalArgumentException if it does not come after the one before
  public void add(long high, long low, long lsn, int kind, int blockIndex, ByteBuffer bytes)
      throws IOException {
    boolean sameKey = versions > 0 && high == lastHigh && low == lastLow;
    if (versions > 0 && !sameKey && PageKey.compare(high, low, lastHigh, lastLow) < 0) {
      throw new IllegalArgumentException("keys are not sorted in " + path);
    }
    int size = LayerFormat.ENTRY_HEADER_SIZE + bytes.remaining();
    int used = block.position() + (entriesInBlock + 1) * Integer.BYTES;
    if (entriesInBlock > 0 && used + size > LayerFormat.BLOCK_SIZE_TARGET) {
      endBlock();
    }
    if (entriesInBlock == 0) {
      blockFirstHigh = high;
      blockFirstLow = low;
      blockFirstLsn = lsn;
    }
    reserve(size);
    if (entriesInBlock == offsets.length) {
      offsets = Arrays.copyOf(offsets, entriesInBlock * 2);
    }
    offsets[entriesInBlock++] = block.position();
    block.putLong(high).putLong(low).putLong(lsn).put((byte) kind).put((byte) blockIndex);
    block.putInt(bytes.remaining());
    int position = block.position();
    block.put(position, bytes, bytes.position(), bytes.remaining());
    block.position(position + bytes.remaining());
    if (!sameKey) {
      newKey(high, low);
    }
    versions++;
  }

  private void newKey(long high, long low) {
    if (versions == 0) {
      firstHigh = high;
      firstLow = low;
    }
    lastHigh = high;
    lastLow = low;
    if (keys == hashes.length) {
      hashes = Arrays.copyOf(hashes, keys * 2);
    }
    hashes[keys++] = KeyFilter.hash(high, low);
    if (new PageKey(high, low).kind() == PageKey.Kind.RELATION_CUT) {
      cuts++;
    }
  }

  /// Room for an entry and for the offsets that will follow.
  private void reserve(int size) {
    int needed = block.position() + size + (entriesInBlock + 2) * Integer.BYTES;
    if (block.capacity() < needed) {
      ByteBuffer bigger = ByteBuffer.allocateDirect(Math.max(needed, 2 * block.capacity()));
      bigger.put(block.flip());
      block = bigger;
    }
  }

  private void endBlock() throws IOException {
    for (int i = 0; i < entriesInBlock; i++) {
      block.putInt(offsets[i]);
    }
    block.putInt(entriesInBlock).flip();
    int length = block.remaining();
    int bound = (int) com.github.luben.zstd.Zstd.compressBound(length);
    if (packed.capacity() < bound) {
      packed = ByteBuffer.allocateDirect(bound);
    }
    packed.clear();
    int packedLength = compressor.compressDirectByteBuffer(packed, 0, bound, block, 0, length);
    boolean smaller = packedLength < length;
    ByteBuffer stored = smaller ? packed.position(0).limit(packedLength) : block;
    if (index.remaining() < LayerFormat.INDEX_ENTRY_SIZE) {
      index = ByteBuffer.allocate(2 * index.capacity()).put(index.flip());
    }
    index
        .putLong(blockFirstHigh)
        .putLong(blockFirstLow)
        .putLong(blockFirstLsn)
        .putLong(fileOffset)
        .putInt(stored.remaining())
        .putInt(length)
        .putInt(crc(stored))
        .putInt(smaller ? LayerFormat.CODEC_ZSTD : LayerFormat.CODEC_NONE);
    write(stored);
    block.clear();
    entriesInBlock = 0;
    blocks++;
  }

  /// Writes what is left, and forces the file to disk. The directory is the caller's to force.
  ///
  /// @throws IllegalStateException if no entry was added
  public LayerSummary finish() throws IOException {
    if (versions == 0) {
      throw new IllegalStateException("an empty layer: " + path);
    }
    endBlock();
    long[] words = KeyFilter.of(hashes, keys).words();
    ByteBuffer filter = ByteBuffer.allocate(words.length * Long.BYTES);
    filter.asLongBuffer().put(words);
    long filterOffset = fileOffset;
    int filterCrc = crc(filter);
    write(filter);
    index.flip();
    long indexOffset = fileOffset;
    int indexLength = index.remaining();
    int indexCrc = crc(index);
    write(index);
    ByteBuffer footer = ByteBuffer.allocate(LayerFormat.FOOTER_SIZE);
    footer
        .putLong(LayerFormat.FOOTER_MAGIC)
        .putInt(LayerFormat.VERSION)
        .putInt(identity.kind().code())
        .putLong(identity.tenant().high())
        .putLong(identity.tenant().low())
        .putLong(identity.timeline().high())
        .putLong(identity.timeline().low())
        .putLong(identity.startLsn())
        .putLong(identity.endLsn())
        .putLong(firstHigh)
        .putLong(firstLow)
        .putLong(lastHigh)
        .putLong(lastLow)
        .putLong(versions)
        .putInt(cuts)
        .putInt(blocks)
        .putLong(filterOffset)
        .putInt(filter.capacity())
        .putInt(filterCrc)
        .putLong(indexOffset)
        .putInt(indexLength)
        .putInt(indexCrc)
        .putLong(fileOffset + LayerFormat.FOOTER_SIZE)
        .putInt(0);
    footer.putInt(crc(footer.duplicate().flip())).flip();
    write(footer);
    DurableFiles.force(channel, path);
    channel.close();
    finished = true;
    return new LayerSummary(
        identity,
        new PageKey(firstHigh, firstLow),
        new PageKey(lastHigh, lastLow),
        versions,
        cuts,
        fileOffset);
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate());
    return (int) crc.getValue();
  }

  private void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      fileOffset += channel.write(bytes);
    }
  }

  @Override
  public void close() throws IOException {
    compressor.close();
    if (!finished) {
      channel.close();
      Files.deleteIfExists(path);
    }
  }
}
