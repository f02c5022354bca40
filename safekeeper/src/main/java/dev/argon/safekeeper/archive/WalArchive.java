package dev.argon.safekeeper.archive;

import dev.argon.identity.NodeId;
import dev.argon.objectstore.ObjectKey;
import dev.argon.objectstore.ObjectStore;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.safekeeper.TimelineKey;
import dev.argon.safekeeper.control.ArchiveState;
import dev.argon.safekeeper.control.PartialSegment;
import dev.argon.safekeeper.failpoint.Failpoint;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.Timelines;
import dev.argon.safekeeper.wal.Durable;
import dev.argon.safekeeper.wal.WalReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// Where the WAL of timelines is when it is not, or not only, in their directories: the object
/// store. Called from many threads.
public final class WalArchive {

  private static final System.Logger LOGGER = System.getLogger(WalArchive.class.getName());

  private static final String TEMPORARY_SUFFIX = ".segment";
  private static final int PIECE_BYTES = 256 << 10;

  private final ObjectStore store;

  public WalArchive(ObjectStore store) {
    this.store = store;
  }

  private static String prefix(TimelineKey key) {
    return key.tenant() + "/" + key.timeline() + "/wal/";
  }

  static ObjectKey objectKey(TimelineKey key, String name) {
    return new ObjectKey(prefix(key) + name);
  }

  static String segmentName(Timeline timeline, long number) {
    return String.valueOf(timeline.wal().file(number).getFileName());
  }

  /// A reader of the timeline's WAL, with files of its own: those in its directory, and where they
  /// were removed whole segments from the object store.
  public WalReader reader(Timeline timeline) {
    return new WalReader(
        number -> open(timeline, number),
        timeline.wal().layout(),
        timeline.state().control().timelineStartLsn());
  }

  private FileChannel open(Timeline timeline, long number) throws IOException {
    try {
      return FileChannel.open(timeline.wal().file(number), StandardOpenOption.READ);
    } catch (NoSuchFileException e) {
      return fetch(timeline, segmentName(timeline, number));
    }
  }

  private FileChannel fetch(Timeline timeline, String name) throws IOException {
    Path target = temporary(timeline);
    try {
      store.download(objectKey(timeline.key(), name), target);
      return FileChannel.open(target, StandardOpenOption.READ);
    } finally {
      Files.deleteIfExists(target); // whoever has it open reads on
    }
  }

  private static Path temporary(Timeline timeline) throws IOException {
    Path file =
        Files.createTempFile(
            timeline.wal().directory(), Timelines.TEMPORARY_PREFIX, TEMPORARY_SUFFIX);
    Files.delete(file); // who writes it makes it
    return file;
  }

  /// Whether the whole segment is there.
  boolean hasSegment(Timeline timeline, long number) throws IOException {
    String name = objectKey(timeline.key(), segmentName(timeline, number)).name();
    return store.list(name).stream()
        .anyMatch(info ->
            info.key().name().equals(name)
                && info.sizeBytes() == timeline.wal().layout().segmentSize());
  }

  /// Puts a segment that lies whole below the commit LSN.
  void putSegment(Timeline timeline, long number) throws IOException {
    Lsn start = new Lsn(timeline.wal().layout().segmentStart(number));
    ObjectKey key = objectKey(timeline.key(), segmentName(timeline, number));
    try (WalReader reader = reader(timeline)) {
      if (reader.isGenerated(start)) {
        put(timeline, key, start, start.plus(timeline.wal().layout().segmentSize()));
      } else {
        store.put(key, timeline.wal().file(number));
      }
    }
  }

  /// Puts the last segment up to the end of the log.
  void putPartial(Timeline timeline, PartialSegment partial) throws IOException {
    put(
        timeline,
        objectKey(timeline.key(), partial.name()),
        segmentStart(timeline, partial.flushLsn()),
        partial.flushLsn());
  }

  static Lsn segmentStart(Timeline timeline, Lsn lsn) {
    WalLayout layout = timeline.wal().layout();
    return new Lsn(layout.segmentStart(layout.segmentNumber(lsn.value())));
  }

  private void put(Timeline timeline, ObjectKey key, Lsn from, Lsn to) throws IOException {
    Path gathered = temporary(timeline);
    try (WalReader reader = reader(timeline);
        FileChannel file =
            FileChannel.open(gathered, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
      for (Lsn at = from; at.isBefore(to); ) {
        int count = (int) Math.min(PIECE_BYTES, to.bytesAfter(at));
        reader.read(at, piece.clear().limit(count));
        piece.flip();
        while (piece.hasRemaining()) {
          file.write(piece);
        }
        at = at.plus(count);
      }
      store.put(key, gathered);
    } finally {
      Files.deleteIfExists(gathered);
    }
  }

  /// Whether the object holds exactly what is on the local disk.
  boolean equalsLocal(Timeline timeline, PartialSegment partial) throws IOException {
    Lsn from = segmentStart(timeline, partial.flushLsn());
    try (FileChannel object = fetch(timeline, partial.name())) {
      return object.size() == partial.flushLsn().bytesAfter(from)
          && equalsLocal(timeline, object, from, partial.flushLsn());
    }
  }

  private boolean equalsLocal(Timeline timeline, FileChannel object, Lsn from, Lsn to)
      throws IOException {
    ByteBuffer theirs = ByteBuffer.allocate(PIECE_BYTES);
    ByteBuffer ours = ByteBuffer.allocate(PIECE_BYTES);
    try (WalReader reader = reader(timeline)) {
      for (Lsn at = from; at.isBefore(to); ) {
        int count = (int) Math.min(PIECE_BYTES, to.bytesAfter(at));
        reader.read(at, ours.clear().limit(count));
        theirs.clear().limit(count);
        while (theirs.hasRemaining()) {
          if (object.read(theirs, at.bytesAfter(from) + theirs.position()) < 0) {
            return false;
          }
        }
        if (!ours.flip().equals(theirs.flip())) {
          return false;
        }
        at = at.plus(count);
      }
    }
    return true;
  }

  /// Brings the WAL of an evicted timeline back as far as it is needed to go on with it: the last
  /// segment and the one before. What was left on the disk is compared with what comes.
  ///
  /// @throws IOException if it cannot be had, or is not what was put there
  public void restore(Timeline timeline) throws IOException {
    ArchiveState archive = timeline.archive();
    if (archive.evictedLsn().isEmpty()) {
      return;
    }
    Lsn end = archive.evictedLsn().get();
    WalLayout layout = timeline.wal().layout();
    long last = layout.segmentNumber(end.value());
    long first = layout.segmentNumber(timeline.state().control().timelineStartLsn().value());
    if (last > first) {
      restore(timeline, last - 1, segmentName(timeline, last - 1), layout.segmentSize());
    }
    int tail = layout.segmentOffset(end.value());
    if (tail > 0) {
      PartialSegment partial =
          archive
              .uploaded()
              .filter(candidate -> candidate.flushLsn().equals(end))
              .orElseThrow(() ->
                  new IOException(
                      "timeline "
                          + timeline.key()
                          + " was evicted at "
                          + end
                          + " without its last segment"));
      restore(timeline, last, partial.name(), tail);
    }
    Durable.syncDirectory(timeline.wal().directory());
    Failpoint.RESTORE_PRESENT_BEFORE.hit();
    timeline.changeArchive(ArchiveState::present);
    LOGGER.log(Level.INFO, "timeline {0}: its WAL is back from the object store", timeline.key());
  }

  private void restore(Timeline timeline, long number, String name, int size) throws IOException {
    Path target = timeline.wal().file(number);
    Path fetched = temporary(timeline);
    try {
      store.download(objectKey(timeline.key(), name), fetched);
      if (Files.size(fetched) != size) {
        throw new IOException(
            "object "
                + name
                + " of timeline "
                + timeline.key()
                + " has "
                + Files.size(fetched)
                + " bytes instead of "
                + size);
      }
      zeroBelowStart(timeline, number, fetched);
      if (Files.exists(target) && !sameBytes(fetched, target, size)) {
        throw new IOException(
            "object "
                + name
                + " of timeline "
                + timeline.key()
                + " differs from what is on the disk in "
                + target.getFileName());
      }
      try (RandomAccessFile file = new RandomAccessFile(fetched.toFile(), "rw")) {
        file.setLength(timeline.wal().layout().segmentSize());
        Durable.force(file.getChannel(), fetched, true);
      }
      Files.move(fetched, target, StandardCopyOption.ATOMIC_MOVE);
      Failpoint.RESTORE_SEGMENT_BACK.hit();
    } finally {
      Files.deleteIfExists(fetched);
    }
  }

  /// What is generated for readers is zeros on the disk.
  private static void zeroBelowStart(Timeline timeline, long number, Path file) throws IOException {
    WalLayout layout = timeline.wal().layout();
    long start = timeline.state().control().timelineStartLsn().value();
    if (layout.segmentNumber(start) != number) {
      return;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer zeros = ByteBuffer.allocate(layout.segmentOffset(start));
      while (zeros.hasRemaining()) {
        channel.write(zeros, zeros.position());
      }
    }
  }

  private static boolean sameBytes(Path a, Path b, int size) throws IOException {
    ByteBuffer first = ByteBuffer.allocate(PIECE_BYTES);
    ByteBuffer second = ByteBuffer.allocate(PIECE_BYTES);
    try (FileChannel one = FileChannel.open(a);
        FileChannel other = FileChannel.open(b)) {
      for (long at = 0; at < size; at += PIECE_BYTES) {
        int count = (int) Math.min(PIECE_BYTES, size - at);
        if (!fill(one, at, first.clear().limit(count))
            || !fill(other, at, second.clear().limit(count))
            || !first.flip().equals(second.flip())) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean fill(FileChannel file, long offset, ByteBuffer into) throws IOException {
    while (into.hasRemaining()) {
      if (file.read(into, offset + into.position()) < 0) {
        return false;
      }
    }
    return true;
  }

  /// Deletes whole segments that nobody needs any more and that are old enough.
  ///
  /// @param keepFrom the first segment that is kept whatever its age
  /// @param storedBeforeMillis what was stored later is kept
  /// @return whether segments below `keepFrom` are left
  boolean expire(Timeline timeline, long keepFrom, long storedBeforeMillis) throws IOException {
    String keepFromName = segmentName(timeline, keepFrom);
    boolean isAnyLeft = false;
    for (ObjectStore.ObjectInfo info : store.list(prefix(timeline.key()))) {
      String name = info.key().name().substring(prefix(timeline.key()).length());
      if (name.length() != keepFromName.length() || name.compareTo(keepFromName) >= 0) {
        continue;
      }
      if (info.modifiedMillis() < storedBeforeMillis) {
        store.delete(info.key());
        Failpoint.EXPIRE_AFTER.hit();
      } else {
        isAnyLeft = true;
      }
    }
    return isAnyLeft;
  }

  boolean delete(TimelineKey key, String name) throws IOException {
    return store.delete(objectKey(key, name));
  }

  /// Deletes all WAL of a timeline that is deleted for good.
  public void deleteAll(TimelineKey key) throws IOException {
    for (ObjectStore.ObjectInfo info : store.list(prefix(key))) {
      store.delete(info.key());
    }
  }

  /// Deletes the partial segments of one safekeeper, which keeps the timeline no more.
  public void deletePartials(TimelineKey key, NodeId node) throws IOException {
    for (ObjectStore.ObjectInfo info : store.list(prefix(key))) {
      if (info.key().name().endsWith("_sk" + node + ".partial")) {
        store.delete(info.key());
      }
    }
  }
}
