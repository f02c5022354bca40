package dev.argon.compute.proposer;

import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.WalLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/// WAL read back from PostgreSQL's own `pg_wal`, for a safekeeper that has fallen behind the ring.
///
/// PostgreSQL keeps every segment from the position this proposer last reported on (its replication
/// slot), and may remove or rename older ones at any time: only positions at or above that one are
/// to be read here. Below the boot record's end the local WAL is made up and never to be read.
///
/// For one thread: the proposer's. That thread is never interrupted, which would close the file.
final class LocalWal implements AutoCloseable {

  private static final int TIMELINE = 1;

  private final Path directory;
  private final WalLayout layout;
  private Optional<Open> open = Optional.empty();

  private record Open(long segment, FileChannel file) {}

  LocalWal(Path directory, WalLayout layout) {
    this.directory = directory;
    this.layout = layout;
  }

  /// Fills `target` with the WAL from `lsn` on.
  ///
  /// @throws IOException also if a part is not there any more
  void readFully(long lsn, ByteBuffer target) throws IOException {
    long at = lsn;
    while (target.hasRemaining()) {
      int count = read(at, target);
      if (count == 0) {
        throw new IOException("the WAL at " + Lsn.toString(at) + " is gone from pg_wal");
      }
      at += count;
    }
  }

  /// Reads up to the end of a segment.
  ///
  /// @return how many bytes were read; 0 if the segment is not there
  private int read(long lsn, ByteBuffer target) throws IOException {
    Optional<FileChannel> file = segment(layout.segmentNumber(lsn));
    if (file.isEmpty()) {
      return 0;
    }
    int offset = layout.segmentOffset(lsn);
    int wanted = Math.min(target.remaining(), layout.segmentSize() - offset);
    ByteBuffer window = target.slice(target.position(), wanted);
    while (window.hasRemaining()) {
      if (file.get().read(window, offset + (long) window.position()) < 0) {
        break;
      }
    }
    target.position(target.position() + window.position());
    return window.position();
  }

  private Optional<FileChannel> segment(long number) throws IOException {
    if (open.isPresent() && open.get().segment() == number) {
      return Optional.of(open.get().file());
    }
    close();
    try {
      Path path = directory.resolve(layout.segmentFileName(TIMELINE, number));
      FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
      open = Optional.of(new Open(number, file));
      return Optional.of(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() throws IOException {
    if (open.isPresent()) {
      open.get().file().close();
      open = Optional.empty();
    }
  }
}
