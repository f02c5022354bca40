package dev.argon.waltools.replay;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// Completes the files of a fork in the overlay: pages from memory, those that were written out
/// before stay, the rest comes from the base. In the order of blocks.
///
/// Nothing may change pages or forks any more. One writer is for one thread; several may work side
/// by side on different segment files.
final class ForkWriter {

  /// Pages per call: 1 MB.
  private static final int PAGES_MAX = 128;

  private final PageCache cache;
  private final ByteBuffer[] pages = new ByteBuffer[PAGES_MAX];
  private final byte[] checksummed = new byte[PageCache.PAGE_SIZE];

  private enum Origin {
    MEMORY,
    OVERLAY,
    BASE,
    ZEROS
  }

  private ForkWriter(PageCache cache) {
    this.cache = cache;
  }

  /// Makes the fork's directory, removes what is too much, and adds a task for each segment file.
  static void plan(ForkFile fork, PageCache cache, FileTasks tasks) throws IOException {
    Files.createDirectories(fork.overlayPath.resolveSibling("x").getParent());
    int segment = 0;
    long first = 0;
    do {
      int from = (int) first;
      int end = (int) Math.min(fork.blocks, first + PageFiles.SEGMENT_BLOCKS);
      int number = segment;
      tasks.add(
          (end - first) * PageCache.PAGE_SIZE,
          () -> new ForkWriter(cache).writeSegment(fork, number, from, end));
      segment++;
      first += PageFiles.SEGMENT_BLOCKS;
    } while (first < fork.blocks);
    // A truncated fork may have had more.
    for (Path path = PageFiles.segmentPath(fork.overlayPath, segment);
        Files.deleteIfExists(path);
        path = PageFiles.segmentPath(fork.overlayPath, segment)) {
      segment++;
    }
  }

  private void writeSegment(ForkFile fork, int segment, int from, int end) throws IOException {
    Path target = PageFiles.segmentPath(fork.overlayPath, segment);
    Path source = PageFiles.segmentPath(fork.basePath, segment);
    if (!fork.changed) {
      Files.copy(source, target, StandardCopyOption.REPLACE_EXISTING);
      return;
    }
    try (FileChannel channel =
        FileChannel.open(target, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
      long length = (long) (end - from) * PageCache.PAGE_SIZE;
      int block = from;
      while (block < end) {
        Origin origin = origin(fork, block);
        int limit = origin == Origin.MEMORY ? Math.min(end, block + PAGES_MAX) : end;
        int next = block + 1;
        while (next < limit && origin(fork, next) == origin) {
          next++;
        }
        switch (origin) {
          case MEMORY -> writePages(fork, block, next - block, channel, block - from);
          case BASE -> copy(source, channel, block - from, next - block);
          case OVERLAY, ZEROS -> {
            // There already, or a hole.
          }
        }
        block = next;
      }
      setLength(channel, length);
    }
  }

  private Origin origin(ForkFile fork, int block) {
    int frame = fork.frame(block);
    if (frame > 0) {
      return cache.isSpilled(frame) && !cache.isDirty(frame) ? Origin.OVERLAY : Origin.MEMORY;
    }
    if (frame == ForkFile.IN_OVERLAY) {
      return Origin.OVERLAY;
    }
    return block < fork.baseBlocks ? Origin.BASE : Origin.ZEROS;
  }

  private void writePages(ForkFile fork, int block, int count, FileChannel channel, int at)
      throws IOException {
    for (int i = 0; i < count; i++) {
      int frame = fork.frame(block + i);
      cache.prepareForFile(frame, checksummed);
      pages[i] = cache.page(frame);
    }
    PageFiles.write(channel, at, pages, count);
  }

  private static void copy(Path source, FileChannel target, int block, int count)
      throws IOException {
    try (FileChannel channel = FileChannel.open(source, StandardOpenOption.READ)) {
      long position = (long) block * PageCache.PAGE_SIZE;
      long left = (long) count * PageCache.PAGE_SIZE;
      target.position(position);
      while (left > 0) {
        long copied = channel.transferTo(position, left, target);
        if (copied <= 0) {
          throw new IOException(source + " became shorter while it was read");
        }
        position += copied;
        left -= copied;
      }
    }
  }

  private static void setLength(FileChannel channel, long length) throws IOException {
    if (channel.size() > length) {
      channel.truncate(length);
    } else if (channel.size() < length) {
      channel.write(ByteBuffer.allocate(1), length - 1);
    }
  }
}
