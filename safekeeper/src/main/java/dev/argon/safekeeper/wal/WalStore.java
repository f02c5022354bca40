package dev.argon.safekeeper.wal;

import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.safekeeper.failpoint.Failpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes the segment files of one timeline. Readers open the files for themselves (see
/// [WalReader]). For one thread at a time, and never for one that is interrupted: that would close
/// the file under it.
public final class WalStore implements AutoCloseable {

  /// PostgreSQL's own timeline number in the file names: a branch of ours is not one of its
  /// timelines.
  public static final int TIMELINE = 1;

  private static final int NAME_LENGTH = 24;

  /// So much is zeroed ahead of the log's end at a time. A sync that finds new blocks in the file
  /// has to make the file system's own books durable too, which is a second flush of the disk; with
  /// blocks that are there already it is one. 64 KiB make that one commit in a hundred.
  private static final int ZEROED_AHEAD_BYTES = 64 << 10;

  /// Larger writes have their blocks made once anyway.
  private static final int SMALL_WRITE_BYTES_MAX = 32 << 10;

  private static final int BLOCK_BYTES = 4096;

  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(ZEROED_AHEAD_BYTES);

  private final Disk disk;
  private final Path directory;
  private final WalLayout layout;

  // The segment written last. `unsynced` tells whether it has bytes that are not durable.
  private @Nullable FileChannel channel;
  private long segment = -1;
  private Path segmentFile;
  private boolean unsynced;
  private boolean isNew;

  /// Up to this offset the segment's blocks are known to be there.
  private int zeroedOffset;

  public WalStore(Disk disk, Path directory, WalLayout layout) {
    this.disk = disk;
    this.directory = directory;
    this.layout = layout;
    segmentFile = directory;
  }

  public WalLayout layout() {
    return layout;
  }

  public Path directory() {
    return directory;
  }

  public Disk disk() {
    return disk;
  }

  /// The file of a segment.
  public Path file(long segmentNumber) {
    return directory.resolve(layout.segmentFileName(TIMELINE, segmentNumber));
  }

  /// The numbers of the segments that have a file, ascending.
  public List<Long> segments() throws IOException {
    List<Long> numbers = new ArrayList<>();
    try {
      for (String name : disk.list(directory)) {
        if (name.length() == NAME_LENGTH && name.startsWith("00000001")) {
          numbers.add(number(name));
        }
      }
    } catch (NumberFormatException e) {
      throw new IOException("a file in " + directory + " is named like WAL but is not", e);
    }
    numbers.sort(Comparator.naturalOrder());
    return numbers;
  }

  /// The number of the segment with this file name.
  ///
  /// @throws IllegalArgumentException if no segment is named so
  public long numberOf(String name) {
    if (name.length() != NAME_LENGTH || !name.startsWith("00000001")) {
      throw new IllegalArgumentException("not a segment's name: " + name);
    }
    return number(name);
  }

  private long number(String name) {
    long high = Long.parseLong(name, 8, 16, 16);
    long low = Long.parseLong(name, 16, 24, 16);
    return high * (0x1_0000_0000L / layout.segmentSize()) + low;
  }

  /// Writes `bytes` at `lsn`, which is the end of the log. Not durable before [#flush].
  public void write(Lsn lsn, ByteBuffer bytes) throws IOException {
    Failpoint.WAL_WRITE_BEFORE.hit();
    long position = lsn.value();
    int limit = bytes.limit();
    while (bytes.position() < limit) {
      int offset = layout.segmentOffset(position);
      int count = Math.min(limit - bytes.position(), layout.segmentSize() - offset);
      FileChannel target = openForWrite(layout.segmentNumber(position));
      bytes.limit(bytes.position() + count);
      unsynced = true;
      while (bytes.hasRemaining()) {
        offset += target.write(bytes, offset);
      }
      if (offset > zeroedOffset) {
        zeroedOffset = count <= SMALL_WRITE_BYTES_MAX ? zeroAhead(target, offset) : offset;
      }
      bytes.limit(limit);
      position += count;
    }
    Failpoint.WAL_WRITE_AFTER.hit();
  }

  /// Writes zeros where zeros are read anyway: behind the log's end.
  ///
  /// @return the offset up to which the file has blocks now
  private int zeroAhead(FileChannel target, int end) throws IOException {
    int from = Math.min((end + BLOCK_BYTES - 1) & -BLOCK_BYTES, layout.segmentSize());
    int to = Math.min(from + ZEROED_AHEAD_BYTES, layout.segmentSize());
    ByteBuffer zeros = ZEROS.duplicate().limit(to - from);
    try {
      while (zeros.hasRemaining()) {
        target.write(zeros, from + zeros.position());
      }
    } catch (IOException e) {
      if (!Durable.isNoSpace(e)) {
        throw e;
      }
      return end; // there may be room for the WAL itself
    }
    return to;
  }

  private FileChannel openForWrite(long number) throws IOException {
    FileChannel current = channel;
    if (current != null && segment == number) {
      return current;
    }
    flush();
    close();
    Path file = file(number);
    isNew = !disk.exists(file);
    FileChannel opened;
    if (isNew) {
      Failpoint.SEGMENT_CREATE_BEFORE.hit();
      opened = disk.openSized(file, layout.segmentSize());
      Failpoint.SEGMENT_CREATE_AFTER.hit();
      unsynced = true;
    } else {
      opened = disk.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }
    channel = opened;
    segment = number;
    segmentFile = file;
    zeroedOffset = 0;
    return opened;
  }

  /// Makes all that was written durable.
  public void flush() throws IOException {
    FileChannel current = channel;
    if (!unsynced || current == null) {
      return;
    }
    Failpoint.WAL_SYNC_BEFORE.hit();
    Durable.force(current, segmentFile, isNew);
    Failpoint.WAL_SYNC_AFTER.hit();
    if (isNew) {
      disk.syncDirectory(directory);
    }
    isNew = false;
    unsynced = false;
  }

  /// Cuts the log off at `lsn`, durably: from there on it reads as zeros. Files go from the highest
  /// down, each durably, so that after a crash the log is still one piece.
  public void truncate(Lsn lsn) throws IOException {
    Failpoint.TRUNCATE_BEFORE.hit();
    close();
    unsynced = false;
    long last = layout.segmentNumber(lsn.value());
    int offset = layout.segmentOffset(lsn.value());
    List<Long> numbers = segments();
    for (int i = numbers.size() - 1; i >= 0; i--) {
      long number = numbers.get(i);
      if (number > last || (number == last && offset == 0)) {
        disk.delete(file(number));
        Failpoint.TRUNCATE_SEGMENT_REMOVED.hit();
        disk.syncDirectory(directory);
      }
    }
    if (offset > 0 && disk.exists(file(last))) {
      disk.openSized(file(last), offset).close();
      Failpoint.TRUNCATE_MIDDLE.hit();
      try (FileChannel file = disk.openSized(file(last), layout.segmentSize())) {
        Durable.force(file, file(last), true);
      }
    }
    Failpoint.TRUNCATE_AFTER.hit();
  }

  /// Makes what an earlier process may have left in the kernel's cache durable, from the segment of
  /// `lsn` on.
  public void syncFrom(Lsn lsn) throws IOException {
    for (long number : segments()) {
      if (number >= layout.segmentNumber(lsn.value())) {
        try (FileChannel file = disk.open(file(number), StandardOpenOption.WRITE)) {
          Durable.force(file, file(number), true);
        }
      }
    }
    disk.syncDirectory(directory);
  }

  /// Removes a segment's file. What a reader has open stays readable for it.
  public void remove(long segmentNumber) throws IOException {
    Failpoint.SEGMENT_REMOVE_BEFORE.hit();
    disk.delete(file(segmentNumber));
    Failpoint.SEGMENT_REMOVE_AFTER.hit();
    disk.syncDirectory(directory);
  }

  @Override
  public void close() throws IOException {
    FileChannel current = channel;
    channel = null;
    segment = -1;
    if (current != null) {
      current.close();
    }
  }
}
