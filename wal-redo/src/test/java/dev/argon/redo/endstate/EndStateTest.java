package dev.argon.redo.endstate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.postgres.server.StockCluster;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The comparison finds every kind of difference: two directories of one server, and a fault
/// planted in one of them.
class EndStateTest {

  private static StockCluster cluster;
  private static Path server;
  private static Path copy;
  private static String table;
  private static String index;
  private static String sequence;

  @BeforeAll
  static void makeTwoDirectories() throws Exception {
    cluster = StockCluster.create();
    cluster.start("max_prepared_transactions=1", "autovacuum=off");
    cluster.sql(
        """
        CREATE TABLE t (id int PRIMARY KEY, text text);
        INSERT INTO t SELECT g, repeat('x', 100) FROM generate_series(1, 1000) g;
        VACUUM FREEZE t;
        CREATE UNLOGGED TABLE forgotten AS SELECT * FROM t;
        CREATE SEQUENCE s; SELECT nextval('s');
        BEGIN; INSERT INTO t VALUES (0, ''); PREPARE TRANSACTION 'open';
        """);
    table = cluster.sql("SELECT pg_relation_filepath('t')");
    index = cluster.sql("SELECT pg_relation_filepath('t_pkey')");
    sequence = cluster.sql("SELECT pg_relation_filepath('s')");
    cluster.stop();
    server = cluster.data();
    copy = server.resolveSibling("copy");
    try (Stream<Path> paths = Files.walk(server)) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        Files.copy(path, copy.resolve(server.relativize(path)));
      }
    }
  }

  @AfterAll
  static void removeThem() throws IOException {
    cluster.close();
  }

  @Test
  void equalDirectoriesHaveNoDifference() throws Exception {
    Findings findings = EndState.compare(copy, server, server);

    assertThat(findings.differences()).isEmpty();
    assertThat(findings.pages()).isGreaterThan(500);
    assertThat(findings.visibilityMapPages()).isPositive();
    assertThat(findings.slruPages()).isGreaterThan(2);
    assertThat(findings.sequenceCount()).isEqualTo(1);
  }

  @Test
  void oneByteOfATupleIsFound() throws Exception {
    assertThat(afterFlip(table, 2 * 8192 + 8100))
        .singleElement()
        .asString()
        .contains(table + " block 2: byte 8100");
  }

  @Test
  void allVisibleFlagIsFoundAlthoughMasksHideIt() throws Exception {
    assertThat(afterChange(table, 8192 + 10, 0x04))
        .singleElement()
        .asString()
        .contains("PD_ALL_VISIBLE");
  }

  @Test
  void lsnIsFoundAlthoughMasksHideIt() throws Exception {
    assertThat(afterFlip(index, 8192 + 6))
        .singleElement()
        .asString()
        .contains(index + " block 1: LSN");
  }

  @Test
  void oneBitOfAVisibilityMapIsFound() throws Exception {
    assertThat(afterChange(table + "_vm", 24, 0x01))
        .singleElement()
        .asString()
        .contains("_vm block 0: byte 24");
  }

  @Test
  void oneTransactionsStateIsFound() throws Exception {
    assertThat(afterChange("pg_xact/0000", 180, 0x01))
        .singleElement()
        .asString()
        .contains("pg_xact/0000: byte 180");
  }

  @Test
  void relationMapIsFound() throws Exception {
    assertThat(afterFlip("global/pg_filenode.map", 12))
        .singleElement()
        .asString()
        .contains("pg_filenode.map: byte 12");
  }

  @Test
  void preparedTransactionIsFound() throws Exception {
    String file;
    try (Stream<Path> files = Files.list(copy.resolve("pg_twophase"))) {
      file = copy.relativize(files.findFirst().orElseThrow()).toString();
    }

    assertThat(afterFlip(file, 40)).singleElement().asString().contains("pg_twophase");
  }

  @Test
  void missingAndAdditionalBlocksAreFound() throws Exception {
    Path file = copy.resolve(index);
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(whole, whole.length - 8192));
    List<String> shorter = EndState.compare(copy, server, server).differences();
    Files.write(file, java.util.Arrays.copyOf(whole, whole.length + 8192));
    List<String> longer = EndState.compare(copy, server, server).differences();
    Files.write(file, whole);

    assertThat(shorter).singleElement().asString().contains("(not there)");
    assertThat(longer).singleElement().asString().contains("blocks, expected");
  }

  @Test
  void missingFileIsFound() throws Exception {
    Path file = copy.resolve(index);
    byte[] whole = Files.readAllBytes(file);
    Files.delete(file);
    List<String> found = EndState.compare(copy, server, server).differences();
    Files.write(file, whole);

    assertThat(found).singleElement().asString().isEqualTo(index + " is missing");
  }

  /// The server's page: value 1, 32 more logged. A replayed one would say 33, none more.
  @Test
  void sequencesAreComparedByTheLastValueThatIsLogged() throws Exception {
    int tuple = 8192 - 8 - 48 + 24;
    byte[] asReplayed = {33, 0, 0, 0, 0, 0, 0, 0, 0};
    byte[] wrong = {34, 0, 0, 0, 0, 0, 0, 0, 0};

    assertThat(sequenceAfter(tuple, asReplayed).differences()).isEmpty();
    assertThat(sequenceAfter(tuple, wrong).differences())
        .singleElement()
        .asString()
        .contains("sequence");
  }

  private static Findings sequenceAfter(int at, byte[] content) throws Exception {
    Path file = copy.resolve(sequence);
    byte[] whole = Files.readAllBytes(file);
    byte[] changed = whole.clone();
    System.arraycopy(content, 0, changed, at, content.length);
    Files.write(file, changed);
    Findings findings = EndState.compare(copy, server, server);
    Files.write(file, whole);
    String[] path = sequence.split("/", -1);
    int database = Integer.parseInt(path[1]);
    assertThat(findings.compareSequence(database, Integer.parseInt(path[2]), 1)).isTrue();
    return findings;
  }

  private static List<String> afterFlip(String file, int at) throws Exception {
    return afterChange(file, at, 0xFF);
  }

  /// Flips bits, compares, flips them back.
  private static List<String> afterChange(String file, int at, int bits) throws Exception {
    flip(file, at, bits);
    try {
      return EndState.compare(copy, server, server).differences();
    } finally {
      flip(file, at, bits);
    }
  }

  private static void flip(String name, int at, int bits) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(copy.resolve(name).toFile(), "rw")) {
      file.seek(at);
      int before = file.read();
      file.seek(at);
      file.write(before ^ bits);
    }
  }
}
