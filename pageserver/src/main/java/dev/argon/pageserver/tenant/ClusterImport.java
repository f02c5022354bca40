package dev.argon.pageserver.tenant;

import dev.argon.pageserver.ingest.SlruGroups;
import dev.argon.pageserver.layer.LayerWriter;
import dev.argon.pageserver.layer.ValueKind;
import dev.argon.pageserver.timeline.RecordEnds;
import dev.argon.pageservice.PageKey;
import dev.argon.pageservice.PageResponse;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.control.ControlFile;
import dev.argon.postgres.control.DatabaseState;
import dev.argon.postgres.slru.SlruSegment;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.postgres.wal.WalStreamDecoder;
import dev.argon.redo.effect.Slru;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The data directory of a cluster that was shut down cleanly, as the first image of a timeline: it
/// begins at the end of the shutdown checkpoint's record.
final class ClusterImport {

  private static final Pattern RELATION_FILE =
      Pattern.compile("(\\d+)(_fsm|_vm|_init)?(?:\\.(\\d+))?");
  private static final int SEGMENT_BLOCKS = 131_072;
  private static final int PAGE = PageResponse.PAGE_SIZE;

  private final Path directory;
  private final ControlFile control;
  private final long startLsn;

  /// Files of relations by the key of their first block, and everything else by its key.
  private final TreeMap<PageKey, Path> relationFiles = new TreeMap<>();

  private final TreeMap<PageKey, Value> values = new TreeMap<>();

  @SuppressWarnings("ArrayRecordComponent") // written, never compared
  private record Value(long lsn, int kind, byte[] bytes) {}

  private ClusterImport(Path directory, ControlFile control, long startLsn) {
    this.directory = directory;
    this.control = control;
    this.startLsn = startLsn;
  }

  /// Looks through a data directory.
  static ClusterImport of(Path directory) throws IOException, CorruptDataException {
    byte[] controlBytes = Files.readAllBytes(directory.resolve("global/pg_control"));
    ControlFile control = ControlFile.read(controlBytes);
    if (control.state() != DatabaseState.SHUT_DOWN) {
      throw new CorruptDataException(directory + " was not shut down cleanly");
    }
    WalLayout layout = WalLayout.v15(control.systemIdentifier());
    long recordLsn = control.checkPointLsn();
    WalStreamDecoder decoder = WalStreamDecoder.startingAt(recordLsn, layout);
    byte[] segment =
        Files.readAllBytes(
            directory.resolve(
                "pg_wal/"
                    + layout.segmentFileName(
                        control.checkPoint().timeline(), layout.segmentNumber(recordLsn))));
    int offset = layout.segmentOffset(recordLsn);
    decoder.feed(segment, offset, segment.length - offset);
    if (!decoder.next()) {
      throw new CorruptDataException(directory + ": the last checkpoint's record is not whole");
    }
    WalRecord record = decoder.record();
    ClusterImport result = new ClusterImport(directory, control, decoder.recordEndLsn());
    for (RecordEnds.Value value :
        RecordEnds.values(record.prevLsn(), recordLsn, decoder.recordEndLsn())) {
      result.values.put(value.key(), new Value(value.lsn(), ValueKind.CHANGE, value.bytes()));
    }
    result.put(PageKey.firstOf(PageKey.Kind.CONTROL_FILE), controlBytes);
    result.put(PageKey.firstOf(PageKey.Kind.CHECKPOINT), control.checkPoint().toBytes());
    result.put(PageKey.firstOf(PageKey.Kind.SHUTDOWN_CHECKPOINT), new byte[] {1});
    result.collect();
    return result;
  }

  long startLsn() {
    return startLsn;
  }

  ControlFile control() {
    return control;
  }

  private void put(PageKey key, byte[] bytes) {
    values.put(key, new Value(startLsn, ValueKind.IMAGE, bytes));
  }

  private static byte[] number(int value) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(value).array();
  }

  private void collect() throws IOException, CorruptDataException {
    collectDatabase(directory.resolve("global"), RelFileNode.GLOBAL_TABLESPACE, 0);
    for (Path database : list(directory.resolve("base"))) {
      collectDatabase(
          database,
          RelFileNode.DEFAULT_TABLESPACE,
          Integer.parseUnsignedInt(database.getFileName().toString()));
    }
    for (Slru slru : Slru.values()) {
      collectSlru(slru);
    }
    if (!list(directory.resolve("pg_twophase")).isEmpty()) {
      throw new CorruptDataException(directory + " has prepared transactions");
    }
    if (!list(directory.resolve("pg_tblspc")).isEmpty()) {
      throw new CorruptDataException(directory + " has tablespaces, which are not supported");
    }
  }

  private static List<Path> list(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }

  private void collectDatabase(Path path, int tablespace, int database)
      throws IOException, CorruptDataException {
    if (database != 0) {
      put(PageKey.of(PageKey.Kind.DATABASE, tablespace, database, 0, 0, 0), new byte[] {1});
    }
    for (Path file : list(path)) {
      String name = file.getFileName().toString();
      Matcher matcher = RELATION_FILE.matcher(name);
      if (name.equals("pg_filenode.map")) {
        put(
            PageKey.of(PageKey.Kind.RELATION_MAP, tablespace, database, 0, 0, 0),
            Files.readAllBytes(file));
      } else if (matcher.matches()) {
        collectRelation(file, matcher, tablespace, database);
      }
    }
  }

  private void collectRelation(Path file, Matcher name, int tablespace, int database)
      throws IOException, CorruptDataException {
    RelFileNode relation =
        new RelFileNode(tablespace, database, Integer.parseUnsignedInt(name.group(1)));
    String suffix = name.group(2) == null ? "" : name.group(2);
    int fork =
        switch (suffix) {
          case "_fsm" -> dev.argon.postgres.Fork.FREE_SPACE_MAP;
          case "_vm" -> dev.argon.postgres.Fork.VISIBILITY_MAP;
          case "_init" -> dev.argon.postgres.Fork.INIT;
          default -> dev.argon.postgres.Fork.MAIN;
        };
    int segment = name.group(3) == null ? 0 : Integer.parseInt(name.group(3));
    long size = Files.size(file);
    if (size % PAGE != 0) {
      throw new CorruptDataException(file + " is no whole number of pages: " + size + " bytes");
    }
    int firstBlock = segment * SEGMENT_BLOCKS;
    relationFiles.put(PageKey.relationBlock(relation, fork, firstBlock), file);
    PageKey sizeKey = PageKey.relationSize(relation, fork);
    int end = firstBlock + (int) (size / PAGE);
    Value known = values.get(sizeKey);
    if (known == null || ByteBuffer.wrap(known.bytes).getInt() < end) {
      put(sizeKey, number(end));
    }
  }

  private void collectSlru(Slru slru) throws IOException {
    int group = SlruGroups.number(slru);
    for (Path file : list(directory.resolve(slru.directory()))) {
      int segment = Integer.parseInt(file.getFileName().toString(), 16);
      byte[] bytes = Files.readAllBytes(file);
      int pages = bytes.length / PAGE;
      put(PageKey.numbered(PageKey.Kind.SLRU_SEGMENT, group, segment), number(pages));
      for (int i = 0; i < pages; i++) {
        put(
            PageKey.numbered(PageKey.Kind.SLRU_PAGE, group, segment * SlruSegment.PAGES + i),
            java.util.Arrays.copyOfRange(bytes, i * PAGE, (i + 1) * PAGE));
      }
    }
  }

  /// Writes everything, in the order of the keys: relation blocks are the first kind.
  void write(LayerWriter writer) throws IOException {
    for (Map.Entry<PageKey, Path> entry : relationFiles.entrySet()) {
      writeRelation(writer, entry.getKey(), entry.getValue());
    }
    for (Map.Entry<PageKey, Value> entry : values.entrySet()) {
      Value value = entry.getValue();
      writer.add(
          entry.getKey().high(),
          entry.getKey().low(),
          value.lsn,
          value.kind,
          0,
          ByteBuffer.wrap(value.bytes));
    }
  }

  private void writeRelation(LayerWriter writer, PageKey first, Path file) throws IOException {
    ByteBuffer page = ByteBuffer.allocate(PAGE);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long low = first.low();
      while (channel.read(page.clear()) > 0) {
        while (page.hasRemaining() && channel.read(page) > 0) {
          // A page may come in parts.
        }
        if (page.hasRemaining()) {
          throw new IOException(file + " ends within a page");
        }
        writer.add(first.high(), low++, startLsn, ValueKind.IMAGE, 0, page.flip());
      }
    }
  }
}
