package dev.argon.pageserver.service;

import dev.argon.pageserver.layer.EntryVisitor;
import dev.argon.pageserver.timeline.ReadSession;
import dev.argon.pageservice.PageKey;
import dev.argon.pageservice.PageResponse;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.slru.SlruSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/// What keys mean: relations, their sizes, SLRU segments, as of an LSN.
final class RelationReader {

  private final ReadSession session;
  private final long lsn;

  RelationReader(ReadSession session, long lsn) {
    this.session = session;
    this.lsn = lsn;
  }

  private Optional<Integer> number(PageKey key) throws IOException, CorruptDataException {
    return session.value(key, lsn).map(bytes -> ByteBuffer.wrap(bytes).getInt());
  }

  boolean exists(RelFileNode relation, int fork) throws IOException, CorruptDataException {
    return number(PageKey.relationSize(relation, fork)).isPresent();
  }

  /// Blocks of a fork, 0 if there is none.
  int blocks(RelFileNode relation, int fork) throws IOException, CorruptDataException {
    return number(PageKey.relationSize(relation, fork)).orElse(0);
  }

  /// Shows the size of every fork, in the order of the keys.
  void forks(int tablespace, Optional<Integer> database, EntryVisitor visitor)
      throws IOException, CorruptDataException {
    session.scan(
        PageKey.of(PageKey.Kind.RELATION_SIZE, tablespace, database.orElse(0), 0, 0, 0),
        PageKey.of(PageKey.Kind.RELATION_SIZE, tablespace, database.orElse(-1), -1, 3, -1),
        lsn,
        visitor);
  }

  /// Bytes of a database's relations in `pg_default`, main forks.
  long databaseSize(int database) throws IOException, CorruptDataException {
    long[] blocks = new long[1];
    forks(RelFileNode.DEFAULT_TABLESPACE, Optional.of(database), summing(blocks));
    return blocks[0] * PageResponse.PAGE_SIZE;
  }

  /// Bytes of all main forks.
  long logicalSize() throws IOException, CorruptDataException {
    long[] blocks = new long[1];
    session.scan(
        PageKey.firstOf(PageKey.Kind.RELATION_SIZE),
        PageKey.lastOf(PageKey.Kind.RELATION_SIZE),
        lsn,
        summing(blocks));
    return blocks[0] * PageResponse.PAGE_SIZE;
  }

  private static EntryVisitor summing(long[] blocks) {
    return (high, low, _, _, _, bytes) -> {
      if (new PageKey(high, low).fork() == Fork.MAIN) {
        blocks[0] += Integer.toUnsignedLong(bytes.getInt(bytes.position()));
      }
    };
  }

  /// The pages of an SLRU segment that exist; empty if it does not.
  byte[] slruSegment(int slru, int segment) throws IOException, CorruptDataException {
    int pages = number(PageKey.numbered(PageKey.Kind.SLRU_SEGMENT, slru, segment)).orElse(0);
    if (pages < 0 || pages > SlruSegment.PAGES) {
      throw new CorruptDataException("an SLRU segment of " + pages + " pages");
    }
    byte[] bytes = new byte[pages * PageResponse.PAGE_SIZE];
    ByteBuffer page = ReadSession.newPage();
    for (int i = 0; i < pages; i++) {
      PageKey key = PageKey.numbered(PageKey.Kind.SLRU_PAGE, slru, segment * SlruSegment.PAGES + i);
      session.page(key, lsn, page);
      page.get(0, bytes, i * PageResponse.PAGE_SIZE, PageResponse.PAGE_SIZE);
    }
    return bytes;
  }
}
