package dev.argon.compute.support;

import dev.argon.pageservice.BootMessage;
import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgConnection;
import dev.argon.pgwire.PgError;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.PgServer;
import dev.argon.pgwire.PgServerSettings;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.control.CheckPoint;
import dev.argon.postgres.control.ControlFile;
import dev.argon.postgres.wal.FramedWal;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalRecordWriter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// A pageserver that knows one moment of one timeline: the shutdown checkpoint of a stopped
/// cluster. It gives every file of the cluster whole, relations included, so that no page is ever
/// missing.
public final class FakePageserver implements AutoCloseable {

  private static final Set<String> NOT_GIVEN =
      Set.of(
          "postmaster.pid",
          "postmaster.opts",
          "postgresql.conf",
          "postgresql.auto.conf",
          "pg_hba.conf",
          "pg_ident.conf");

  private final Path data;
  private final ControlFile control;
  private final WalLayout layout;
  private final FramedWal checkpoint;
  private final PgServer server;

  /// Whether it says that the log ends in a shutdown checkpoint, which is the truth.
  private volatile boolean tellsShutdown = true;

  private FakePageserver(Path data, int port) throws IOException, CorruptDataException {
    this.data = data;
    control = ControlFile.read(Files.readAllBytes(data.resolve("global/pg_control")));
    layout = WalLayout.v15(control.systemIdentifier());
    checkpoint =
        WalRecordWriter.shutdownCheckpoint(
            control.checkPoint(),
            control.checkPointLsn(),
            previousRecord(),
            control.checkPoint().timeSeconds(),
            1,
            layout);
    server =
        PgServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
            PgServerSettings.storage("fake-pageserver"),
            this::query);
  }

  public static FakePageserver start(StockCluster cluster)
      throws IOException, CorruptDataException {
    return new FakePageserver(cluster.data(), 0);
  }

  public int port() throws IOException {
    return server.port();
  }

  public ControlFile control() {
    return control;
  }

  /// The end of the cluster's log.
  public Lsn logEnd() {
    return new Lsn(checkpoint.endLsn());
  }

  /// From now on it says that the log does not end in a shutdown checkpoint.
  public void denyShutdown() {
    tellsShutdown = false;
  }

  /// `xl_prev` of the checkpoint record, from the segment file.
  private long previousRecord() throws IOException {
    long lsn = control.checkPointLsn();
    String name = layout.segmentFileName(1, layout.segmentNumber(lsn));
    byte[] field = new byte[Long.BYTES];
    try (RandomAccessFile file =
        new RandomAccessFile(data.resolve("pg_wal").resolve(name).toFile(), "r")) {
      file.seek(layout.segmentOffset(lsn) + 8L);
      file.readFully(field);
    }
    return LittleEndian.readLong(field, 0);
  }

  private void query(PgConnection connection, String text) throws IOException, PgErrorException {
    String[] words = text.split(" ", -1);
    if (!words[0].equals("bootfiles") || words.length != 4) {
      throw new PgErrorException(PgError.error("0A000", "only boot files: " + text));
    }
    if (!words[3].equals(logEnd().toString())) {
      throw new PgErrorException(
          PgError.error("22023", "only " + logEnd() + " is known, not " + words[3]));
    }
    CopyStream stream = connection.copyOut();
    CheckPoint state = control.checkPoint();
    send(
        stream,
        new BootMessage.Begin(
            checkpoint.endLsn(),
            checkpoint.recordLsn(),
            tellsShutdown ? previousRecord() : 0,
            tellsShutdown,
            control.systemIdentifier(),
            150_000,
            control.dataChecksumVersion()));
    send(stream, new BootMessage.CheckPoint(state.toBytes()));
    List<Path> files;
    try (Stream<Path> walk = Files.walk(data)) {
      files = walk.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      String name = data.relativize(file).toString();
      boolean cache = name.endsWith("pg_internal.init");
      if (!NOT_GIVEN.contains(name) && !name.startsWith("pg_wal/") && !cache) {
        send(stream, new BootMessage.DataFile(name, Files.readAllBytes(file)));
      }
    }
    send(stream, new BootMessage.End());
    stream.done();
    connection.commandComplete("SELECT 1");
  }

  private static void send(CopyStream stream, BootMessage message) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(message.encodedSize());
    message.encode(bytes);
    stream.writer().copyData(bytes.flip());
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
