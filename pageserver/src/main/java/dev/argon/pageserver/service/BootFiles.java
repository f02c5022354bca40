package dev.argon.pageserver.service;

import dev.argon.pageserver.ingest.AuxiliaryFiles;
import dev.argon.pageserver.ingest.SlruGroups;
import dev.argon.pageserver.layer.EntryVisitor;
import dev.argon.pageserver.timeline.ReadSession;
import dev.argon.pageserver.timeline.Timeline;
import dev.argon.pageservice.BootMessage;
import dev.argon.pageservice.PageKey;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.slru.SlruSegment;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.redo.effect.Slru;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.zip.CRC32C;

/// What a data directory is made of as of an LSN, relation contents left out.
final class BootFiles {

  /// `REPLICATION_STATE_MAGIC` (origin.c).
  private static final int ORIGIN_MAGIC = 0x1257DADE;

  /// Takes the messages.
  interface Target {
    void message(BootMessage message) throws IOException;
  }

  private final Timeline timeline;
  private final ReadSession session;
  private final long lsn;
  private final Target target;

  BootFiles(Timeline timeline, ReadSession session, long lsn, Target target) {
    this.timeline = timeline;
    this.session = session;
    this.lsn = lsn;
    this.target = target;
  }

  void send() throws IOException, CorruptDataException {
    target.message(begin());
    target.message(
        new BootMessage.CheckPoint(
            session
                .value(PageKey.firstOf(PageKey.Kind.CHECKPOINT), lsn)
                .orElseThrow(() -> new CorruptDataException("no checkpoint at this LSN"))));
    String version = timeline.origin().pgVersion() + "\n";
    byte[] versionFile = version.getBytes(StandardCharsets.US_ASCII);
    target.message(new BootMessage.DataFile("PG_VERSION", versionFile));
    databases(versionFile);
    for (Slru slru : Slru.values()) {
      segments(slru);
    }
    scan(
        PageKey.Kind.TWO_PHASE,
        (high, low, _, _, _, bytes) ->
            target.message(
                new BootMessage.DataFile(
                    "pg_twophase/" + "%08X".formatted(new PageKey(high, low).block()),
                    copyOf(bytes))));
    origins();
    scan(
        PageKey.Kind.AUXILIARY_FILE,
        (_, _, _, _, _, bytes) ->
            target.message(
                new BootMessage.DataFile(
                    AuxiliaryFiles.path(bytes), AuxiliaryFiles.content(bytes))));
    byte[] control =
        session
            .value(PageKey.firstOf(PageKey.Kind.CONTROL_FILE), lsn)
            .orElseThrow(() -> new CorruptDataException("no control file"));
    target.message(new BootMessage.DataFile("global/pg_control", control));
    relations();
    target.message(new BootMessage.End());
  }

  /// A main fork comes before its relation's others. What ingest once took for the map of a
  /// relation that had been dropped has none, and is left out: it is nobody's.
  private void relations() throws IOException, CorruptDataException {
    Set<RelFileNode> withMain = new HashSet<>();
    scan(
        PageKey.Kind.RELATION_SIZE,
        (high, low, _, _, _, bytes) -> {
          PageKey key = new PageKey(high, low);
          RelFileNode relation = key.relationNode();
          if (key.fork() == Fork.MAIN) {
            withMain.add(relation);
          } else if (key.fork() != Fork.INIT && !withMain.contains(relation)) {
            return;
          }
          target.message(
              new BootMessage.RelationFork(relation, key.fork(), bytes.getInt(bytes.position())));
        });
  }

  private BootMessage.Begin begin() throws IOException, CorruptDataException {
    WalLayout layout = WalLayout.v15(timeline.origin().systemId());
    Timeline.RecordPosition position = timeline.recordEndingAt(lsn);
    long start = startAfter(layout, position.previousEndLsn());
    long shutdown = session.newestLsn(PageKey.firstOf(PageKey.Kind.SHUTDOWN_CHECKPOINT), lsn);
    return new BootMessage.Begin(
        lsn,
        start,
        startAfter(layout, position.secondPreviousEndLsn()),
        shutdown == lsn,
        timeline.origin().systemId(),
        timeline.origin().pgVersion(),
        timeline.origin().dataChecksumVersion());
  }

  private static long startAfter(WalLayout layout, long endLsn) {
    return endLsn == 0 ? 0 : layout.firstRecordLsn(endLsn);
  }

  private void scan(PageKey.Kind kind, EntryVisitor visitor)
      throws IOException, CorruptDataException {
    session.scan(PageKey.firstOf(kind), PageKey.lastOf(kind), lsn, visitor);
  }

  private static byte[] copyOf(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(bytes.position(), copy);
    return copy;
  }

  /// Where a database lies in a data directory.
  private static String path(PageKey key) {
    return switch (key.tablespace()) {
      case RelFileNode.GLOBAL_TABLESPACE -> "global";
      case RelFileNode.DEFAULT_TABLESPACE -> "base/" + Integer.toUnsignedString(key.database());
      default ->
          "pg_tblspc/"
              + key.tablespace()
              + "/PG_15_202209061/"
              + Integer.toUnsignedString(key.database());
    };
  }

  private void databases(byte[] versionFile) throws IOException, CorruptDataException {
    scan(
        PageKey.Kind.DATABASE,
        (high, low, _, _, _, _) -> {
          String path = path(new PageKey(high, low));
          target.message(new BootMessage.Directory(path));
          target.message(new BootMessage.DataFile(path + "/PG_VERSION", versionFile));
        });
    scan(
        PageKey.Kind.RELATION_MAP,
        (high, low, _, _, _, bytes) ->
            target.message(
                new BootMessage.DataFile(
                    path(new PageKey(high, low)) + "/pg_filenode.map", copyOf(bytes))));
  }

  private void segments(Slru slru) throws IOException, CorruptDataException {
    int group = SlruGroups.number(slru);
    List<Integer> segments = new ArrayList<>();
    session.scan(
        PageKey.numbered(PageKey.Kind.SLRU_SEGMENT, group, 0),
        PageKey.numbered(PageKey.Kind.SLRU_SEGMENT, group, -1),
        lsn,
        (high, low, _, _, _, _) -> segments.add(new PageKey(high, low).block()));
    RelationReader relations = new RelationReader(session, lsn);
    for (int segment : segments) {
      target.message(
          new BootMessage.DataFile(
              slru.directory() + "/" + SlruSegment.fileName(segment).toUpperCase(Locale.ROOT),
              relations.slruSegment(group, segment)));
    }
  }

  /// `pg_logical/replorigin_checkpoint` (origin.c): magic, then id and LSN of each, padded to 16
  /// bytes, then a CRC-32C; little-endian.
  private void origins() throws IOException, CorruptDataException {
    List<byte[]> entries = new ArrayList<>();
    scan(
        PageKey.Kind.REPLICATION_ORIGIN,
        (high, low, _, _, _, bytes) ->
            entries.add(
                ByteBuffer.allocate(16)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putShort(0, (short) new PageKey(high, low).block())
                    .putLong(8, bytes.getLong(bytes.position()))
                    .array()));
    if (entries.isEmpty()) {
      return;
    }
    byte[] file = new byte[4 + 16 * entries.size() + 4];
    ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putInt(ORIGIN_MAGIC);
    entries.forEach(buffer::put);
    CRC32C crc = new CRC32C();
    crc.update(file, 0, file.length - 4);
    buffer.putInt((int) crc.getValue());
    target.message(new BootMessage.DataFile("pg_logical/replorigin_checkpoint", file));
  }
}
