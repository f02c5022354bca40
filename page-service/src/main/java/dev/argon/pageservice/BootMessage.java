package dev.argon.pageservice;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.RelFileNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// One message of the answer to `bootfiles`: what a data directory at some LSN is made of, relation
/// contents left out. In order: one [Begin], one [CheckPoint], then [Directory], [DataFile] and
/// [RelationFork] in any order (the forks among themselves in key order), one [End]. A stream
/// without [End] is not to be used.
@SuppressWarnings(
    "ArrayRecordComponent") // the bytes are the receiver's to keep; no one compares messages
public sealed interface BootMessage {

  /// Where the directory stands.
  ///
  /// @param lsn the position asked for, ingested
  /// @param lastRecordStartLsn where the record that ends at `lsn` starts, 0 if not known
  /// @param lastRecordPrevLsn its `xl_prev`
  /// @param lastRecordIsShutdownCheckpoint whether a server that starts here needs no new
  ///   checkpoint
  record Begin(
      long lsn,
      long lastRecordStartLsn,
      long lastRecordPrevLsn,
      boolean lastRecordIsShutdownCheckpoint,
      long systemId,
      int pgVersion,
      int dataChecksumVersion)
      implements BootMessage {}

  /// PostgreSQL's `CheckPoint` struct (pg_control.h); its `redo` is not meaningful.
  record CheckPoint(byte[] bytes) implements BootMessage {}

  /// A file of the data directory.
  ///
  /// @param path relative to the data directory, with slashes
  record DataFile(String path, byte[] content) implements BootMessage {}

  record Directory(String path) implements BootMessage {}

  record RelationFork(RelFileNode relation, int fork, int blocks) implements BootMessage {}

  record End() implements BootMessage {}

  default int encodedSize() {
    return switch (this) {
      case Begin _ -> 1 + 3 * 8 + 1 + 8 + 4 + 4;
      case CheckPoint(byte[] bytes) -> 1 + bytes.length;
      case DataFile(String path, byte[] content) -> 1 + utf8(path).length + 1 + 4 + content.length;
      case Directory(String path) -> 1 + utf8(path).length + 1;
      case RelationFork _ -> 1 + 3 * 4 + 1 + 4;
      case End() -> 1;
    };
  }

  default void encode(ByteBuffer target) {
    switch (this) {
      case Begin begin ->
          target
              .put((byte) 'B')
              .putLong(begin.lsn)
              .putLong(begin.lastRecordStartLsn)
              .putLong(begin.lastRecordPrevLsn)
              .put((byte) (begin.lastRecordIsShutdownCheckpoint ? 1 : 0))
              .putLong(begin.systemId)
              .putInt(begin.pgVersion)
              .putInt(begin.dataChecksumVersion);
      case CheckPoint(byte[] bytes) -> target.put((byte) 'C').put(bytes);
      case DataFile(String path, byte[] content) ->
          target.put((byte) 'F').put(utf8(path)).put((byte) 0).putInt(content.length).put(content);
      case Directory(String path) -> target.put((byte) 'D').put(utf8(path)).put((byte) 0);
      case RelationFork(RelFileNode relation, int fork, int blocks) ->
          target
              .put((byte) 'R')
              .putInt(relation.spcNode())
              .putInt(relation.dbNode())
              .putInt(relation.relNode())
              .put((byte) fork)
              .putInt(blocks);
      case End() -> target.put((byte) 'E');
    }
  }

  /// Reads the message that fills `source`.
  ///
  /// @throws CorruptDataException if the bytes are no such message
  static BootMessage decode(ByteBuffer source) throws CorruptDataException {
    int size = source.remaining();
    int tag = size == 0 ? -1 : source.get();
    return switch (tag) {
      case 'B' -> {
        expect(size == 42, 'B', size);
        yield new Begin(
            source.getLong(),
            source.getLong(),
            source.getLong(),
            source.get() != 0,
            source.getLong(),
            source.getInt(),
            source.getInt());
      }
      case 'C' -> new CheckPoint(bytes(source, source.remaining()));
      case 'F' -> {
        String path = path(source, size);
        expect(source.remaining() >= 4, 'F', size);
        int length = source.getInt();
        expect(length == source.remaining(), 'F', size);
        yield new DataFile(path, bytes(source, length));
      }
      case 'D' -> {
        String path = path(source, size);
        expect(!source.hasRemaining(), 'D', size);
        yield new Directory(path);
      }
      case 'R' -> {
        expect(size == 18, 'R', size);
        RelFileNode relation = new RelFileNode(source.getInt(), source.getInt(), source.getInt());
        yield new RelationFork(relation, source.get() & 0xFF, source.getInt());
      }
      case 'E' -> {
        expect(size == 1, 'E', size);
        yield new End();
      }
      default -> throw new CorruptDataException("unknown boot message: tag " + tag);
    };
  }

  private static void expect(boolean holds, char tag, int size) throws CorruptDataException {
    if (!holds) {
      throw new CorruptDataException("boot message " + tag + " of a wrong size: " + size);
    }
  }

  private static byte[] bytes(ByteBuffer source, int length) {
    byte[] bytes = new byte[length];
    source.get(bytes);
    return bytes;
  }

  /// A path must stay inside the directory that it is relative to.
  private static String path(ByteBuffer source, int size) throws CorruptDataException {
    int start = source.position();
    while (source.hasRemaining()) {
      if (source.get() == 0) {
        byte[] bytes = new byte[source.position() - 1 - start];
        source.get(start, bytes);
        String path = new String(bytes, StandardCharsets.UTF_8);
        for (String part : path.split("/", -1)) {
          if (part.isEmpty() || part.equals(".") || part.equals("..")) {
            throw new CorruptDataException("boot message with the path '" + path + "'");
          }
        }
        return path;
      }
    }
    throw new CorruptDataException("boot message without the end of its path, size " + size);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
