package dev.argon.pageservice;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.RelFileNode;
import java.nio.ByteBuffer;

/// A request of the page stream.
public sealed interface PageRequest {

  RequestHeader header();

  /// Whether the fork exists.
  record Exists(RequestHeader header, RelFileNode relation, int fork) implements PageRequest {}

  /// How many blocks the fork has; 0 if it does not exist.
  record BlockCount(RequestHeader header, RelFileNode relation, int fork) implements PageRequest {}

  /// One page. A block past the end is a zero page.
  record Page(RequestHeader header, RelFileNode relation, int fork, int block)
      implements PageRequest {}

  /// The bytes of all relations of a database in the tablespace `pg_default`.
  record DatabaseSize(RequestHeader header, int database) implements PageRequest {}

  /// A whole segment of an SLRU (0 transaction status, 1 multixact members, 2 multixact offsets).
  record SlruSegment(RequestHeader header, int slru, int segment) implements PageRequest {}

  /// Size of the longest request.
  int SIZE_MAX = 1 + RequestHeader.SIZE + 17;

  /// Appends the message to `target`.
  default void encode(ByteBuffer target) {
    switch (this) {
      case Exists(RequestHeader header, RelFileNode relation, int fork) -> {
        putHeader(target, 0, header);
        putFork(target, relation, fork);
      }
      case BlockCount(RequestHeader header, RelFileNode relation, int fork) -> {
        putHeader(target, 1, header);
        putFork(target, relation, fork);
      }
      case Page(RequestHeader header, RelFileNode relation, int fork, int block) -> {
        putHeader(target, 2, header);
        putFork(target, relation, fork);
        target.putInt(block);
      }
      case DatabaseSize(RequestHeader header, int database) -> {
        putHeader(target, 3, header);
        target.putInt(database);
      }
      case SlruSegment(RequestHeader header, int slru, int segment) -> {
        putHeader(target, 4, header);
        target.put((byte) slru).putInt(segment);
      }
    }
  }

  /// Reads the message that fills `source`.
  ///
  /// @throws CorruptDataException if the bytes are no request
  static PageRequest decode(ByteBuffer source) throws CorruptDataException {
    int size = source.remaining();
    int tag = size == 0 ? -1 : source.get();
    int expected =
        switch (tag) {
          case 0, 1 -> 38;
          case 2 -> 42;
          case 3 -> 29;
          case 4 -> 30;
          default ->
              throw new CorruptDataException("unknown page request: tag " + tag + ", size " + size);
        };
    if (size != expected) {
      throw new CorruptDataException(
          "page request with tag " + tag + " has " + size + " bytes, expected " + expected);
    }
    RequestHeader header = new RequestHeader(source.getLong(), source.getLong(), source.getLong());
    return switch (tag) {
      case 0 -> new Exists(header, readRelation(source), source.get() & 0xFF);
      case 1 -> new BlockCount(header, readRelation(source), source.get() & 0xFF);
      case 2 -> new Page(header, readRelation(source), source.get() & 0xFF, source.getInt());
      case 3 -> new DatabaseSize(header, source.getInt());
      default -> new SlruSegment(header, source.get() & 0xFF, source.getInt());
    };
  }

  private static RelFileNode readRelation(ByteBuffer source) {
    return new RelFileNode(source.getInt(), source.getInt(), source.getInt());
  }

  private static void putHeader(ByteBuffer target, int tag, RequestHeader header) {
    target
        .put((byte) tag)
        .putLong(header.requestId())
        .putLong(header.requestLsn())
        .putLong(header.notModifiedSinceLsn());
  }

  private static void putFork(ByteBuffer target, RelFileNode relation, int fork) {
    target
        .putInt(relation.spcNode())
        .putInt(relation.dbNode())
        .putInt(relation.relNode())
        .put((byte) fork);
  }
}
