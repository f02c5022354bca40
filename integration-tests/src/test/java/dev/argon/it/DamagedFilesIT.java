package dev.argon.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.it.check.Amcheck;
import dev.argon.it.process.Command;
import dev.argon.it.process.ConnectionSource;
import dev.argon.it.stack.Stack;
import dev.argon.it.stack.StackProcess;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalStreamDecoder;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Files that a disk has damaged: what holds them says so, the others go on, and nobody ever gets a
/// wrong answer.
class DamagedFilesIT {

  private static final String SUM = "select count(*) || ' ' || sum(id) || ' ' || sum(n) from t";

  private Stack stack = new Stack("damage");
  private String expected = "";

  @BeforeEach
  void up() throws SQLException {
    stack.up();
    ConnectionSource source = stack.source();
    source.execute(
        "create table t (id int primary key, n int, filler text)",
        "insert into t select g, 0, repeat('d', 200) from generate_series(1, 20000) g",
        "update t set n = id where id % 3 = 0");
    expected = source.string(SUM);
  }

  @AfterEach
  void close() {
    stack.close();
  }

  @Test
  void damagedControlFileKeepsOneSafekeeperFromVotingAndNobodyElse()
      throws SQLException, IOException {
    stack.downAndNothingIsLeft();
    Path control = find(stack.data().resolve("safekeeper-1"), "safekeeper.control").getFirst();
    flip(control, Files.size(control) / 2);

    stack.up();

    assertSafekeeperComplains("safekeeper-1");
    assertEverythingWorks();
  }

  @Test
  void damagedWalKeepsOneSafekeeperFromVotingAndNobodyElse() throws SQLException, IOException {
    stack.killAll(new Random(1));
    Path segment = find(stack.data().resolve("safekeeper-2"), "0000000100000000000000").getLast();
    // in the middle of what was inserted, far below the end of the log
    flip(segment, 0x600000);

    stack.up();

    assertSafekeeperComplains("safekeeper-2");
    assertEverythingWorks();
  }

  @Test
  void bytesOfAnUnfinishedWriteBehindTheLogAreCutOff() throws SQLException, IOException {
    ConnectionSource source = stack.source();
    long lsn = Lsn.parse(source.string("select pg_current_wal_flush_lsn()")).value();
    stack.killAll(new Random(2));
    for (int number = 1; number <= 3; number++) {
      Path segment =
          find(stack.data().resolve("safekeeper-" + number), "0000000100000000000000").getLast();
      try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
        file.seek(endOfLog(file, lsn));
        file.write("torn write ".repeat(300 * number).getBytes(StandardCharsets.US_ASCII));
      }
    }

    stack.up();

    assertThat(stack.processes("safekeeper")).allMatch(process -> process.health().equals("ok"));
    assertEverythingWorks();
  }

  @Test
  void damagedLayersGiveAnErrorOrTheRightRowsButNeverOthers() throws SQLException, IOException {
    stack.downAndNothingIsLeft();
    List<Path> layers =
        find(stack.data().resolve("pageserver"), "").stream()
            .filter(file -> file.toString().contains("timelines"))
            .filter(file -> !file.toString().endsWith(".json"))
            .toList();
    assertThat(layers).isNotEmpty();
    Random random = new Random(3);
    for (Path layer : layers) {
      long size = Files.size(layer);
      for (int i = 0; i < 20 && size > 0; i++) {
        flip(layer, random.nextLong(size));
      }
    }

    Command.Result up = stack.upCommand().run(Duration.ofMinutes(3));

    if (up.exitCode() == 0) {
      Command.Result query =
          stack.argon("psql", "--", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", SUM);
      System.out.println("DamagedFilesIT: " + query.text() + query.err());
      assertThat(query.exitCode() == 0 ? query.text() : expected).isEqualTo(expected);
    } else {
      System.out.println("DamagedFilesIT: " + up.err());
      assertThat(up.err().strip().lines()).hasSize(1);
    }
  }

  @Test
  void pageserverThatLostItsDirectoryReadsEverythingFromTheObjectStore()
      throws SQLException, IOException {
    stack.downAndNothingIsLeft();
    Path tenants = stack.data().resolve("pageserver/tenants");
    assertThat(tenants).isDirectory();
    dev.argon.it.process.TestDirectory.delete(tenants);

    stack.up();

    assertEverythingWorks();
  }

  private void assertSafekeeperComplains(String name) {
    StackProcess process =
        stack.processes("safekeeper").stream()
            .filter(p -> p.name().equals(name))
            .findFirst()
            .orElseThrow();
    assertThat(process.health()).as("health of %s", process).isNotEqualTo("ok");
    assertThat(process.reasons()).as("reasons of %s", process).isNotEmpty();
    System.out.println("DamagedFilesIT: " + name + ": " + process.reasons());
  }

  private void assertEverythingWorks() throws SQLException {
    ConnectionSource source = stack.source();
    assertThat(source.string(SUM)).isEqualTo(expected);
    source.execute("insert into t values (-1, 0, '')", "delete from t where id = -1");
    assertThat(source.string(SUM)).isEqualTo(expected);
    Amcheck.verify(source);
  }

  /// Files below a directory whose name begins so, in order of their names.
  private static List<Path> find(Path directory, String beginning) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> file.getFileName().toString().startsWith(beginning))
          .sorted()
          .toList();
    }
  }

  private static void flip(Path path, long offset) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.seek(offset);
      int before = file.read();
      file.seek(offset);
      file.write(before ^ 0x55);
    }
  }

  /// The position in a segment file behind the last record, where half another one may lie after a
  /// crash. Not where zeros begin: records may end in zeros.
  ///
  /// @param lsn a record boundary in this segment, at or before the end
  private static long endOfLog(RandomAccessFile file, long lsn) throws IOException {
    WalLayout layout = WalLayout.v15(0);
    byte[] all = new byte[Math.toIntExact(file.length())];
    file.readFully(all);
    WalStreamDecoder decoder = WalStreamDecoder.startingAt(lsn, layout);
    int from = layout.segmentOffset(lsn);
    decoder.feed(all, from, all.length - from);
    long end;
    try {
      end = decoder.skipToBoundary();
    } catch (CorruptDataException e) {
      // the zeros behind the end
      end = decoder.boundaryLsn();
    }
    return layout.segmentOffset(end);
  }
}
