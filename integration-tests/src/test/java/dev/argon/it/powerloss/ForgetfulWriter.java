package dev.argon.it.powerloss;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/// A program that writes files in all the ways Argon does, once with every fsync that is needed and
/// once with one of them left out. `PowerLossLayerIT` starts it under the layer, kills it, and
/// looks at what is left.
///
/// Each file is named for what was done to it; each holds "kept" where it was synced and "lost"
/// where it was not.
final class ForgetfulWriter {

  private static final byte[] KEPT = "kept".getBytes(StandardCharsets.UTF_8);
  private static final byte[] LOST = "lost".getBytes(StandardCharsets.UTF_8);
  private static final int FAR = 200_000;

  private ForgetfulWriter() {}

  public static void main(String[] arguments) throws IOException, SQLException {
    Path root = Path.of(arguments[0]);
    Path synced = Files.createDirectory(root.resolve("synced"));
    Path unsynced = Files.createDirectory(root.resolve("unsynced"));
    writeChannel(synced.resolve("forced"), true);
    writeChannel(synced.resolve("not-forced"), false);
    writeChannel(unsynced.resolve("forced-without-its-name"), true);
    writeAgain(synced.resolve("written-again"));
    writeDsync(synced.resolve("dsync"));
    writeRandomAccess(synced.resolve("random-access"));
    writeMapped(synced.resolve("mapped"));
    truncate(synced.resolve("truncated"));
    writeChannel(synced.resolve("old-name"), true);
    writeChannel(synced.resolve("deleted-for-good"), true);
    writeChannel(synced.resolve("deleted-without-sync"), true);
    writeChannel(synced.resolve("replaced"), true);
    Connection full = database(root.resolve("database-full"), "FULL");
    Connection off = database(root.resolve("database-off"), "OFF");
    Files.delete(synced.resolve("deleted-for-good"));
    syncDirectory(synced);
    syncDirectory(root);
    // from here on no directory is synced
    Files.move(synced.resolve("old-name"), synced.resolve("new-name"));
    Files.delete(synced.resolve("deleted-without-sync"));
    Path replacement = synced.resolve("replacement");
    Files.write(replacement, LOST);
    Files.move(replacement, synced.resolve("replaced"), StandardCopyOption.REPLACE_EXISTING);
    writeChannel(synced.resolve("created-after-sync"), true);
    System.out.println("written");
    System.in.read(); // until it is killed
    full.close();
    off.close();
  }

  private static void writeChannel(Path file, boolean force) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(KEPT));
      channel.write(new ByteBuffer[] {ByteBuffer.wrap(KEPT), ByteBuffer.wrap(KEPT)});
      channel.write(ByteBuffer.wrap(KEPT), FAR);
      if (force) {
        channel.force(false);
      }
    }
  }

  /// Forced, then changed in the middle and forced, then changed elsewhere and not forced.
  private static void writeAgain(Path file) throws IOException {
    writeChannel(file, true);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
      channel.write(ByteBuffer.wrap(KEPT), FAR / 2);
      channel.force(false);
      channel.write(ByteBuffer.wrap(LOST), 0);
      channel.write(ByteBuffer.wrap(LOST), FAR * 2L);
    }
  }

  private static void writeDsync(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.DSYNC)) {
      channel.write(ByteBuffer.wrap(KEPT));
    }
  }

  private static void writeRandomAccess(Path file) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.write(KEPT);
      access.getFD().sync();
      access.write(LOST);
    }
  }

  private static void writeMapped(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      var memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, 8192);
      memory.put(0, KEPT);
      memory.force();
      memory.put(0, LOST);
    }
  }

  private static void truncate(Path file) throws IOException {
    writeChannel(file, true);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(2);
      channel.write(ByteBuffer.wrap(KEPT), 100);
      channel.force(false);
      channel.truncate(0);
    }
  }

  /// The connection is returned open: closing it would checkpoint and sync.
  private static Connection database(Path directory, String synchronous)
      throws IOException, SQLException {
    Files.createDirectory(directory);
    Connection connection =
        DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("metadata.db"));
    try (var statement = connection.createStatement()) {
      statement.execute("pragma synchronous = " + synchronous);
      statement.execute("pragma journal_mode = wal");
      statement.execute("create table t (v int)");
      for (int value = 1; value <= 100; value++) {
        statement.execute("insert into t values (" + value + ")");
      }
    }
    return connection;
  }

  private static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
