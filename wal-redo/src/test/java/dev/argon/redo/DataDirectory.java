package dev.argon.redo;

import dev.argon.postgres.Fork;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.control.CheckPoint;
import dev.argon.postgres.control.ControlFile;
import dev.argon.postgres.server.StockCluster;
import dev.argon.postgres.slru.SlruSegment;
import dev.argon.postgres.wal.FramedWal;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalRecordWriter;
import dev.argon.redo.effect.Slru;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// Writes the data directory of a server that goes on where a replay has stopped: its pages, SLRUs,
/// maps and prepared transactions, and a log of nothing but one shutdown checkpoint.
final class DataDirectory {

  private static final Set<String> REPLACED =
      Set.of("base", "global", "pg_xact", "pg_multixact", "pg_twophase", "pg_wal");

  private final Path data;

  private DataDirectory(Path data) {
    this.data = data;
  }

  /// Replaces what the stopped cluster holds.
  ///
  /// @param lsn a record's end: what was replayed ends here
  /// @param prevLsn where that record begins
  static void write(
      StockCluster cluster,
      EffectReplay replay,
      ControlFile base,
      CheckPoint checkPoint,
      long lsn,
      long prevLsn)
      throws IOException, InterruptedException {
    DataDirectory directory = new DataDirectory(cluster.data());
    directory.clear();
    directory.writeRelations(replay);
    directory.writeSlrus(replay);
    for (Map.Entry<Integer, byte[]> file : replay.twoPhase.entrySet()) {
      directory.write("pg_twophase/%08X".formatted(file.getKey()), file.getValue());
    }
    directory.writeLog(base, checkPoint, lsn, prevLsn);
    cluster.takeOwnership();
  }

  private void clear() throws IOException {
    for (String name : REPLACED) {
      try (Stream<Path> files = Files.walk(data.resolve(name))) {
        files.filter(Files::isRegularFile).forEach(DataDirectory::delete);
      }
    }
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(String path, byte[] content) throws IOException {
    Files.write(data.resolve(path), content);
  }

  private void writeRelations(EffectReplay replay) throws IOException {
    for (EffectReplay.Database database : replay.databases) {
      Files.createDirectories(data.resolve("base/" + database.database()));
      write("base/" + database.database() + "/PG_VERSION", new byte[] {'1', '5', '\n'});
    }
    for (Map.Entry<EffectReplay.Database, byte[]> map : replay.relationMaps.entrySet()) {
      int database = map.getKey().database();
      String path = database == 0 ? "global" : "base/" + database;
      write(path + "/pg_filenode.map", map.getValue());
    }
    for (Map.Entry<PageStore.ForkKey, List<ByteBuffer>> fork : replay.pages.forks.entrySet()) {
      RelFileNode relation = fork.getKey().relation();
      String path = relation.dbNode() == 0 ? "global/" : "base/" + relation.dbNode() + "/";
      String name = relation.relNode() + Fork.fileSuffix(fork.getKey().fork());
      try (OutputStream file = Files.newOutputStream(data.resolve(path + name))) {
        byte[] bytes = new byte[PageStore.PAGE_SIZE];
        for (ByteBuffer page : fork.getValue()) {
          page.get(0, bytes);
          file.write(bytes);
        }
      }
    }
  }

  private void writeSlrus(EffectReplay replay) throws IOException {
    for (Slru slru : Slru.values()) {
      for (Map.Entry<Integer, byte[]> page :
          replay.slrus.getOrDefault(slru, new java.util.TreeMap<>()).entrySet()) {
        int segment = SlruSegment.ofPage(page.getKey());
        Path file = data.resolve(slru.directory()).resolve(SlruSegment.fileName(segment));
        try (var channel =
            Files.newByteChannel(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
          channel.position((long) (page.getKey() % SlruSegment.PAGES) * SlruSegment.PAGE_SIZE);
          channel.write(ByteBuffer.wrap(page.getValue()));
        }
      }
    }
  }

  private void writeLog(ControlFile base, CheckPoint checkPoint, long lsn, long prevLsn)
      throws IOException {
    WalLayout layout = WalLayout.v15(base.systemIdentifier());
    FramedWal record =
        WalRecordWriter.shutdownCheckpoint(checkPoint, lsn, prevLsn, 1_700_000_000L, 1, layout);
    byte[] prefix = WalRecordWriter.segmentPrefix(lsn, 1, layout);
    byte[] all = Arrays.copyOf(prefix, prefix.length + record.bytes().length);
    System.arraycopy(record.bytes(), 0, all, prefix.length, record.bytes().length);
    List<byte[]> segments = new ArrayList<>();
    for (int from = 0; from < all.length; from += layout.segmentSize()) {
      segments.add(Arrays.copyOfRange(all, from, from + layout.segmentSize()));
    }
    long number = layout.segmentNumber(lsn);
    for (int i = 0; i < segments.size(); i++) {
      write("pg_wal/" + layout.segmentFileName(1, number + i), segments.get(i));
    }
    CheckPoint shutdown = checkPoint.asShutdownAt(record.recordLsn(), 1_700_000_000L);
    write(
        "global/pg_control",
        base.shutDownAt(record.recordLsn(), shutdown, 1_700_000_000L).toFile());
  }
}
