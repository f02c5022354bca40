package dev.argon.compute.communicator;

import dev.argon.compute.communicator.Progress.Outcome;
import dev.argon.compute.memory.BlockMap;
import dev.argon.compute.memory.SegmentFile;
import dev.argon.compute.memory.SegmentFile.NoSpaceException;
import dev.argon.compute.memory.SegmentFiles;
import dev.argon.compute.memory.SharedMemory;
import dev.argon.compute.memory.SharedMemoryLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/// Writes fetched pages into the relation files, for one thread.
final class Installer implements AutoCloseable {

  private static final int NO_SPACE_ATTEMPTS = 20;
  private static final long NO_SPACE_PAUSE_NANOS = 50_000_000;

  private final SharedMemory memory;
  private final BlockMap blocks;
  private final SegmentFiles files;
  private final LongAdder installed;
  private final LongAdder dropped;

  Installer(SharedMemory memory, Path dataDirectory, LongAdder installed, LongAdder dropped) {
    this.memory = memory;
    this.blocks = memory.blocks();
    this.files = new SegmentFiles(dataDirectory);
    this.installed = installed;
    this.dropped = dropped;
  }

  /// Installs a page if its block still waits for it.
  ///
  /// @param page a whole page, in a direct buffer
  Outcome install(Fetch fetch, ByteBuffer page) {
    int chunk = fetch.chunk();
    int block = fetch.blockInChunk();
    if (!blocks.claimForInstalling(chunk, block, fetch.token())) {
      dropped.increment();
      memory.count(SharedMemoryLayout.DROPPED_PAGES, 1);
      return new Outcome.Done();
    }
    boolean kept = false;
    try {
      int number = Integer.divideUnsigned(fetch.block(), SharedMemoryLayout.CHUNK_BLOCKS);
      SegmentFile file =
          files.of(
              chunk,
              fetch.request().chunkStatus(),
              fetch.request().relation(),
              fetch.request().fork(),
              number);
      long position = SegmentFiles.position(number, block);
      if (file.size() < position + SegmentFiles.PAGE_SIZE) {
        return new Outcome.Gone();
      }
      boolean zero = isZero(page);
      if (zero) {
        file.punch(position, SegmentFiles.PAGE_SIZE);
      } else {
        write(file, MemorySegment.ofBuffer(page), position);
      }
      blocks.installed(chunk, block, fetch.token(), zero);
      kept = true;
      installed.increment();
      return new Outcome.Done();
    } catch (NoSuchFileException e) {
      return new Outcome.Gone();
    } catch (NoSpaceException e) {
      return new Outcome.Failed("the disk is full: " + e.getMessage());
    } catch (IOException e) {
      return new Outcome.Failed(e.getMessage() == null ? e.toString() : e.getMessage());
    } finally {
      if (!kept) {
        blocks.giveUp(chunk, block, fetch.token());
      }
    }
  }

  /// A full disk is given a moment to become less full: the evictor is asked for room.
  private void write(SegmentFile file, MemorySegment page, long position) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        file.write(page, position);
        return;
      } catch (NoSpaceException e) {
        if (attempt == NO_SPACE_ATTEMPTS) {
          throw e;
        }
        memory.wantSpace();
        LockSupport.parkNanos(NO_SPACE_PAUSE_NANOS);
      }
    }
  }

  static boolean isZero(ByteBuffer page) {
    for (int i = page.position(); i < page.limit(); i += Long.BYTES) {
      if (page.getLong(i) != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    files.close();
  }
}
