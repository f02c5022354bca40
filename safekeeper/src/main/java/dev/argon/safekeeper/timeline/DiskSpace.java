package dev.argon.safekeeper.timeline;

import dev.argon.safekeeper.wal.Disk;
import dev.argon.safekeeper.wal.Durable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;

/// Keeps room for what must not fail for lack of it. Appends are refused while the disk has less
/// than [#FREE_BYTES_MIN] left; and a file of [#RESERVE_BYTES] is given up when even a control file
/// cannot be written, so that a vote can still be made durable.
public final class DiskSpace {

  /// Below this appends are refused.
  static final long FREE_BYTES_MIN = 48L << 20;

  private static final int RESERVE_BYTES = 4 << 20;
  private static final String RESERVE_NAME = "reserve";
  private static final System.Logger LOGGER = System.getLogger(DiskSpace.class.getName());

  private final Disk disk;
  private final Path directory;
  private final long freeBytesMin;
  private final int reserveBytes;

  /// Guards the reserve file.
  private final ReentrantLock lock = new ReentrantLock();

  private volatile String shortage = "";

  public DiskSpace(Path directory) {
    this(directory, FREE_BYTES_MIN);
  }

  DiskSpace(Path directory, long freeBytesMin) {
    this(Disk.LOCAL, directory, freeBytesMin, RESERVE_BYTES);
  }

  /// @param freeBytesMin below this appends are refused
  /// @param reserveBytes the size of the file that is given up at need
  public DiskSpace(Disk disk, Path directory, long freeBytesMin, int reserveBytes) {
    this.disk = disk;
    this.directory = directory;
    this.freeBytesMin = freeBytesMin;
    this.reserveBytes = reserveBytes;
  }

  /// Why appends are refused now, or empty.
  public String shortage() {
    return shortage;
  }

  /// A write has failed for lack of room: refuse appends until [#check] finds some.
  void noteFull() {
    shortage =
        "the disk of " + directory + " is full: WAL is refused until there is room, free some";
  }

  /// Looks at the disk, and makes the reserve again if it was used. Called once a second.
  public void check() {
    try {
      long free = disk.freeBytes(directory);
      if (free < freeBytesMin) {
        noteFull();
        return;
      }
      if (!shortage.isEmpty()) {
        LOGGER.log(Level.INFO, "there is room again on the disk of {0}", directory);
      }
      restore();
      shortage = "";
    } catch (IOException e) {
      LOGGER.log(Level.WARNING, "cannot see to the room on the disk of " + directory, e);
    }
  }

  private void restore() throws IOException {
    lock.lock();
    try {
      Path file = directory.resolve(RESERVE_NAME);
      if (disk.exists(file)) {
        return;
      }
      try (FileChannel channel =
          disk.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        ByteBuffer zeros = ByteBuffer.allocate(reserveBytes);
        while (zeros.hasRemaining()) {
          channel.write(zeros);
        }
        channel.force(true);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Writes something small that must not fail for lack of room.
  void writeSmall(SmallWrite write) throws IOException {
    try {
      write.run();
    } catch (IOException e) {
      if (!Durable.isNoSpace(e)) {
        throw e;
      }
      noteFull();
      lock.lock();
      try {
        disk.delete(directory.resolve(RESERVE_NAME));
      } finally {
        lock.unlock();
      }
      write.run();
    }
  }

  /// A write that can be tried again.
  @FunctionalInterface
  interface SmallWrite {
    void run() throws IOException;
  }
}
