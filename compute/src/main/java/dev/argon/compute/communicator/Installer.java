package dev.argon.compute.communicator;

import dev.argon.compute.communicator.Progress.Outcome;
import dev.argon.compute.memory.BlockMap;
import dev.argon.compute.memory.SegmentFile;
import dev.argon.compute.memory.SegmentFile.NoSpaceException;
import dev.argon.compute.memory.SegmentFiles;
import dev.argon.compute.memory.SharedMemoryLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.atomic.LongAdder;

/// Writes fetched pages into the relation files, for one thread.
final class Installer implements AutoCloseable {

  private final BlockMap blocks;
  private final SegmentFiles files;
  private final LongAdder installed;
  private final LongAdder dropped;

  Installer(BlockMap blocks, Path dataDirectory, LongAdder installed, LongAdder dropped) {
    this.blocks = blocks;
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
        file.write(MemorySegment.ofBuffer(page), position);
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
