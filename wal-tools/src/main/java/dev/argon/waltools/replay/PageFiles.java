package dev.argon.waltools.replay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;

/// Reads and writes blocks in segment files, of the base (read only) and of the overlay. Keeps a
/// bounded number of files open.
final class PageFiles implements AutoCloseable {

  /// `RELSEG_SIZE`: blocks per segment file.
  static final int SEGMENT_BLOCKS = 131072;

  private static final int OPEN_FILES_MAX = 400;

  private record Key(Path path, int segment) {}

  private final Map<Key, FileChannel> open =
      new LinkedHashMap<>(1024, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, FileChannel> eldest) {
          boolean full = size() > OPEN_FILES_MAX;
          if (full) {
            closeQuietly(eldest.getValue());
          }
          return full;
        }
      };

  static Path segmentPath(Path first, int segment) {
    return segment == 0 ? first : first.resolveSibling(first.getFileName() + "." + segment);
  }

  /// How many whole blocks the segment files have together (`mdnblocks`), -1 without a first file.
  static long countBlocks(Path first) throws IOException {
    long blocks = 0;
    for (int segment = 0; ; segment++) {
      Path path = segmentPath(first, segment);
      if (!Files.isRegularFile(path)) {
        return segment == 0 ? -1 : blocks;
      }
      long inSegment = Files.size(path) / PageCache.PAGE_SIZE;
      blocks += Math.min(inSegment, SEGMENT_BLOCKS);
      if (inSegment < SEGMENT_BLOCKS) {
        return blocks;
      }
    }
  }

  /// Reads a block; what the file does not have is zeros.
  ///
  /// @param inOverlay whether it is one that [#write] wrote
  void read(Path first, int block, boolean inOverlay, ByteBuffer page) throws IOException {
    FileChannel channel = channel(first, block, inOverlay);
    long position = (long) (block % SEGMENT_BLOCKS) * PageCache.PAGE_SIZE;
    page.clear();
    while (page.hasRemaining()) {
      if (channel.read(page, position + page.position()) < 0) {
        for (int i = page.position(); i < page.limit(); i++) {
          page.put(i, (byte) 0);
        }
        break;
      }
    }
    page.clear();
  }

  /// Writes blocks that follow each other in one segment of the overlay.
  void write(Path first, int block, ByteBuffer[] pages, int count) throws IOException {
    write(channel(first, block, true), block % SEGMENT_BLOCKS, pages, count);
  }

  /// @param at of the segment's blocks, the first to write
  static void write(FileChannel channel, int at, ByteBuffer[] pages, int count) throws IOException {
    channel.position((long) at * PageCache.PAGE_SIZE);
    long left = (long) count * PageCache.PAGE_SIZE;
    while (left > 0) {
      left -= channel.write(pages, 0, count);
    }
    for (int i = 0; i < count; i++) {
      pages[i].clear();
    }
  }

  private FileChannel channel(Path first, int block, boolean inOverlay) throws IOException {
    Key key = new Key(first, block / SEGMENT_BLOCKS);
    FileChannel channel = open.get(key);
    if (channel == null) {
      Path path = segmentPath(first, key.segment());
      if (inOverlay) {
        Files.createDirectories(path.resolveSibling("x").getParent());
        channel =
            FileChannel.open(
                path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
      } else {
        channel = FileChannel.open(path, StandardOpenOption.READ);
      }
      open.put(key, channel);
    }
    return channel;
  }

  /// Closes what is open of a fork in the overlay and deletes it.
  void deleteOverlay(Path first) throws IOException {
    for (int segment = 0; ; segment++) {
      FileChannel channel = open.remove(new Key(first, segment));
      if (channel != null) {
        channel.close();
      }
      if (!Files.deleteIfExists(segmentPath(first, segment))) {
        return;
      }
    }
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    for (FileChannel channel : open.values()) {
      channel.close();
    }
    open.clear();
  }
}
