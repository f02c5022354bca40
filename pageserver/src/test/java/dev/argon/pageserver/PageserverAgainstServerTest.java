package dev.argon.pageserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.HostPort;
import dev.argon.pageserver.ingest.WalSource;
import dev.argon.pageserver.timeline.Membership;
import dev.argon.pageserver.timeline.Timeline;
import dev.argon.pageservice.BootFilesClient;
import dev.argon.pageservice.BootMessage;
import dev.argon.pageservice.PageRequest;
import dev.argon.pageservice.PageResponse;
import dev.argon.pageservice.PageServiceClient;
import dev.argon.pageservice.RequestHeader;
import dev.argon.pageservice.StandbyStart;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.control.CheckPoint;
import dev.argon.postgres.control.ControlFile;
import dev.argon.postgres.server.StockCluster;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalStreamDecoder;
import dev.argon.redo.Redo;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/// A stock server runs from initdb's result to a clean stop; the pageserver gets the same beginning
/// and the WAL, and must then have the server's own files: through its real surface, after a
/// restart, and from the object store alone.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PageserverAgainstServerTest {

  private static final TenantId TENANT = new TenantId(1, 1);
  private static final TimelineId MAIN = new TimelineId(0, 1);
  private static final TimelineId BRANCH = new TimelineId(0, 2);
  private static final TimelineId LATE_BRANCH = new TimelineId(0, 3);
  private static final int PAGE = PageResponse.PAGE_SIZE;
  private static final long WAIT_MILLIS = 60_000;

  /// last_value, log_cnt, is_called, padded.
  private static final int SEQUENCE_ROW_SIZE = 24;

  private static final String FIRST_LOAD =
      """
      CREATE TABLE accounts (id int PRIMARY KEY, balance int, filler char(80));
      INSERT INTO accounts SELECT g, 0, '' FROM generate_series(1, 50000) g;
      CREATE TABLE shrinking AS SELECT g AS id, repeat('x', 500) AS text
        FROM generate_series(1, 5000) g;
      CREATE TABLE gone AS SELECT * FROM shrinking;
      CREATE SEQUENCE s; SELECT nextval('s');
      """;

  private static final String SECOND_LOAD =
      """
      UPDATE accounts SET balance = balance + 1 WHERE id % 3 = 0;
      DELETE FROM shrinking WHERE id > 1000;
      VACUUM shrinking;
      INSERT INTO shrinking SELECT g, repeat('y', 700) FROM generate_series(1, 2000) g;
      TRUNCATE gone; INSERT INTO gone VALUES (1, 'one'); DROP TABLE gone;
      CREATE INDEX ON accounts (balance, id);
      VACUUM FULL pg_class;
      DO $$
      BEGIN
        FOR i IN 1..3000 LOOP
          UPDATE accounts SET balance = balance + 1 WHERE id = 1 + i % 7;
          COMMIT;
        END LOOP;
      END
      $$;
      VACUUM accounts;
      BEGIN; INSERT INTO accounts VALUES (-1, 1, ''); PREPARE TRANSACTION 'left';
      """;

  private static Path directory = Path.of(".");
  private static StockCluster cluster;
  private static FeederSource feeder;
  private static Pageserver server;

  /// Where the first load ended, and some pages' versions then.
  private static long firstLoadLsn;

  private static long endLsn;

  /// What was said, and what the server's own control file was, behind a checkpoint of the running
  /// server.
  private static @Nullable StandbyStart startWhileRunning;

  private static byte[] controlWhileRunning = {};
  private static final Map<String, byte[]> filesAtFirstLoad = new TreeMap<>();

  @BeforeAll
  static void runServerAndIngest(@TempDir Path temporary) throws Exception {
    directory = temporary;
    cluster = StockCluster.create();
    feeder = new FeederSource(0, new byte[0], 1);
    server = start();
    server.tenants().attach(TENANT, 1);
    server.tenants().importCluster(TENANT, MAIN, cluster.data());
    ControlFile begin = ControlFile.read(cluster.file("global/pg_control"));
    String[] settings = {
      "wal_keep_size=2GB", "max_prepared_transactions=5", "autovacuum=off", "fsync=off"
    };
    cluster.start(settings);
    cluster.sql(FIRST_LOAD);
    cluster.stop();
    firstLoadLsn = endOfWal(begin);
    keepFiles();
    cluster.start(settings);
    cluster.sql(SECOND_LOAD);
    cluster.sql("CHECKPOINT");
    controlWhileRunning = cluster.file("global/pg_control");
    long runningLsn = endOfWal(begin);
    cluster.sql("CREATE DATABASE by_files STRATEGY file_copy");
    cluster.sql("CREATE DATABASE by_blocks STRATEGY wal_log");
    cluster.sql("by_files", "CREATE TABLE t AS SELECT 1 AS one");
    cluster.sql("CREATE DATABASE dropped STRATEGY file_copy");
    cluster.sql("DROP DATABASE dropped");
    cluster.stop();
    endLsn = endOfWal(begin);
    StockCluster.Wal wal = cluster.wal();
    feeder = new FeederSource(wal.startLsn(), wal.bytes(), 4);
    feeder.release(runningLsn);
    server.tenants().safekeepers(TENANT, MAIN, members());
    assertThat(server.tenants().timeline(TENANT, MAIN).awaitLsn(runningLsn, WAIT_MILLIS)).isTrue();
    startWhileRunning = standbyStart(MAIN);
    feeder.release(endLsn);
  }

  private static Membership members() {
    return new Membership(1, List.of(new Membership.Member(1, "127.0.0.1", 1)));
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
    cluster.close();
  }

  /// Small limits, so that the load goes through many layers.
  private static Pageserver start() throws IOException {
    PageserverConfig config =
        new PageserverConfig(
            1,
            directory.resolve("pageserver").toString(),
            "127.0.0.1:0",
            "127.0.0.1:0",
            directory.resolve("objects").toString(),
            null,
            null,
            null,
            null,
            8 << 20,
            4 << 20);
    return Pageserver.start(
        config,
        membership -> membership.memberList().isEmpty() ? List.of() : List.<WalSource>of(feeder),
        () -> {
          throw new AssertionError("fsync failed");
        });
  }

  private static long endOfWal(ControlFile begin) throws Exception {
    StockCluster.Wal wal = cluster.wal();
    WalStreamDecoder decoder =
        WalStreamDecoder.startingAt(begin.checkPointLsn(), WalLayout.v15(begin.systemIdentifier()));
    int from = (int) (begin.checkPointLsn() - wal.startLsn());
    decoder.feed(wal.bytes(), from, wal.bytes().length - from);
    try {
      while (decoder.next()) {
        // Only the end counts.
      }
    } catch (CorruptDataException e) {
      assertThat(e).hasMessageContaining("record length 0");
    }
    return decoder.boundaryLsn();
  }

  private static void keepFiles() throws IOException {
    try (Stream<Path> files = Files.walk(cluster.data().resolve("base/5"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        filesAtFirstLoad.put(cluster.data().relativize(file).toString(), Files.readAllBytes(file));
      }
    }
  }

  private static PageServiceClient connect(TimelineId timeline) throws Exception {
    HostPort address = HostPort.parse(server.pgAddress());
    return PageServiceClient.connect(
        new InetSocketAddress(address.host(), address.port()), TENANT, timeline, 3, 10_000);
  }

  @Test
  @Order(1)
  void everyPageIsTheServers() throws Exception {
    Timeline timeline = server.tenants().timeline(TENANT, MAIN);
    assertThat(timeline.awaitLsn(endLsn, WAIT_MILLIS)).isTrue();

    assertThat(differences(MAIN, endLsn, RequestHeader.NEWEST, cluster.data())).isEmpty();
    assertThat(server.tenants().reasons()).isEmpty();
  }

  @Test
  @Order(2)
  void bootFilesAreTheServers() throws Exception {
    Map<String, byte[]> files = new TreeMap<>();
    List<BootMessage.Begin> begins = new ArrayList<>();
    List<CheckPoint> checkPoints = new ArrayList<>();
    bootFiles(MAIN, Lsn.MAX, files, begins, checkPoints);

    ControlFile control = ControlFile.read(cluster.file("global/pg_control"));
    BootMessage.Begin begin = begins.getFirst();
    assertThat(begin.lsn()).isEqualTo(endLsn);
    assertThat(begin.lastRecordIsShutdownCheckpoint()).isTrue();
    assertThat(begin.lastRecordStartLsn()).isEqualTo(control.checkPointLsn());
    assertThat(begin.systemId()).isEqualTo(control.systemIdentifier());
    assertThat(checkPoints.getFirst().nextXid()).isEqualTo(control.checkPoint().nextXid());
    for (String name :
        List.of("pg_xact", "pg_multixact/members", "pg_multixact/offsets", "pg_twophase")) {
      assertDirectory(name, files);
    }
    assertThat(files.get("global/pg_filenode.map"))
        .isEqualTo(cluster.file("global/pg_filenode.map"));
    assertThat(files.get("base/5/pg_filenode.map"))
        .isEqualTo(cluster.file("base/5/pg_filenode.map"));
    assertThat(files.get("base/5/PG_VERSION")).isEqualTo(cluster.file("base/5/PG_VERSION"));
    assertThat(files.keySet()).noneMatch(name -> name.startsWith("base/") && !exists(name));
  }

  private static boolean exists(String name) {
    return Files.exists(cluster.data().resolve(name));
  }

  private static void assertDirectory(String name, Map<String, byte[]> files) throws IOException {
    try (Stream<Path> list = Files.list(cluster.data().resolve(name))) {
      List<Path> expected = list.filter(Files::isRegularFile).toList();
      for (Path file : expected) {
        String path = cluster.data().relativize(file).toString();
        assertThat(files.get(path)).as(path).isEqualTo(Files.readAllBytes(file));
      }
      assertThat(files.keySet().stream().filter(path -> path.startsWith(name + "/")).count())
          .isEqualTo(expected.size());
    }
  }

  private static void bootFiles(
      TimelineId timeline,
      Lsn lsn,
      Map<String, byte[]> files,
      List<BootMessage.Begin> begins,
      List<CheckPoint> checkPoints)
      throws Exception {
    HostPort address = HostPort.parse(server.pgAddress());
    BootFilesClient.fetch(
        new InetSocketAddress(address.host(), address.port()),
        TENANT,
        timeline,
        lsn,
        3,
        30_000,
        message -> {
          try {
            switch (message) {
              case BootMessage.Begin begin -> begins.add(begin);
              case BootMessage.CheckPoint(byte[] bytes) -> checkPoints.add(CheckPoint.read(bytes));
              case BootMessage.DataFile(String path, byte[] content) -> files.put(path, content);
              case BootMessage.Directory _, BootMessage.RelationFork _, BootMessage.End _ -> {}
            }
          } catch (CorruptDataException e) {
            throw new IOException(e);
          }
        });
  }

  @Test
  @Order(3)
  void branchInThePastShowsThePast() throws Exception {
    // Not a record end: it is rounded down to the one before.
    server.tenants().branch(TENANT, BRANCH, MAIN, Optional.of(new Lsn(firstLoadLsn + 1)));
    assertThat(server.tenants().timeline(TENANT, BRANCH).lastRecordLsn()).isEqualTo(firstLoadLsn);

    Path past = directory.resolve("past");
    for (Map.Entry<String, byte[]> file : filesAtFirstLoad.entrySet()) {
      Path path = past.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.write(path, file.getValue());
    }
    assertThat(differences(BRANCH, firstLoadLsn, RequestHeader.NEWEST, past)).isEmpty();
    assertThat(differences(MAIN, firstLoadLsn, firstLoadLsn, past)).isEmpty();
    List<BootMessage.Begin> begins = new ArrayList<>();
    bootFiles(BRANCH, Lsn.MAX, new TreeMap<>(), begins, new ArrayList<>());
    assertThat(begins.getFirst().lastRecordIsShutdownCheckpoint()).isTrue();
  }

  @Test
  @Order(4)
  void standbyBeginsAtTheLastCheckpointOfItsOwnTimeline() throws Exception {
    StandbyStart main = standbyStart(MAIN);
    assertThat(main.lastLsn().value()).isEqualTo(endLsn);
    assertThat(main.filesLsn().value()).as("the server was stopped").isEqualTo(endLsn);
    assertThat(main.online()).isEmpty();
    assertThat(ControlFile.read(main.controlFile()).parameters().maxPreparedTransactions())
        .isEqualTo(5);

    ControlFile control = ControlFile.read(controlWhileRunning);
    StandbyStart running = Objects.requireNonNull(startWhileRunning);
    StandbyStart.Online online = running.online().orElseThrow();
    assertThat(online.startLsn().value()).isEqualTo(control.checkPointLsn());
    assertThat(online.checkPoint()).isEqualTo(control.checkPoint());
    assertThat(running.filesLsn().value()).isEqualTo(control.checkPoint().redo());

    server.tenants().branch(TENANT, LATE_BRANCH, MAIN, Optional.of(running.lastLsn()));
    assertThat(standbyStart(LATE_BRANCH).online()).as("the ancestor's does not do").isEmpty();
    assertThat(standbyStart(LATE_BRANCH).filesLsn()).isEqualTo(running.lastLsn());
  }

  private static StandbyStart standbyStart(TimelineId timeline) throws Exception {
    HostPort address = HostPort.parse(server.pgAddress());
    return StandbyStart.ask(
        new InetSocketAddress(address.host(), address.port()), TENANT, timeline, 10_000);
  }

  @Test
  @Order(5)
  void computeOfAnOlderTermIsRefused() throws Exception {
    HostPort address = HostPort.parse(server.pgAddress());
    try (PageServiceClient client =
        PageServiceClient.connect(
            new InetSocketAddress(address.host(), address.port()), TENANT, MAIN, 2, 10_000)) {
      RequestHeader newest = new RequestHeader(1, RequestHeader.NEWEST, endLsn);
      RequestHeader old = new RequestHeader(2, firstLoadLsn, firstLoadLsn);
      client.send(new PageRequest.DatabaseSize(newest, 5));
      client.send(new PageRequest.DatabaseSize(old, 5));
      client.flush();

      assertThat(client.receive(ByteBuffer.allocate(PAGE)))
          .isInstanceOfSatisfying(
              PageResponse.Failure.class,
              failure -> assertThat(failure.message()).contains("term 2 is over"));
      assertThat(client.receive(ByteBuffer.allocate(PAGE)))
          .isInstanceOf(PageResponse.DatabaseSize.class);
    }
  }

  @Test
  @Order(6)
  void nothingIsLostByARestartOrWithTheLocalFiles() throws Exception {
    server.close();
    server = start();
    Timeline timeline = server.tenants().timeline(TENANT, MAIN);
    assertThat(timeline.awaitLsn(endLsn, WAIT_MILLIS)).isTrue();
    assertThat(differences(MAIN, endLsn, RequestHeader.NEWEST, cluster.data())).isEmpty();
    server.close();

    try (Stream<Path> files =
        Files.walk(directory.resolve("pageserver/tenants/" + TENANT + "/timelines"))) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(file -> file.delete());
    }
    server = start();
    timeline = server.tenants().timeline(TENANT, MAIN);
    assertThat(timeline.awaitLsn(endLsn, WAIT_MILLIS)).isTrue();
    assertThat(differences(MAIN, endLsn, RequestHeader.NEWEST, cluster.data())).isEmpty();
    assertThat(server.tenants().timelines(TENANT)).hasSize(3);
  }

  /// Compares all relation files of a data directory with the pages of a timeline.
  private static List<String> differences(
      TimelineId timeline, long sinceLsn, long requestLsn, Path data) throws Exception {
    List<String> differences = new ArrayList<>();
    int compared = 0;
    List<Path> files;
    try (Stream<Path> walk = Files.walk(data)) {
      files =
          walk.filter(Files::isRegularFile)
              .filter(file -> file.toString().matches(".*/(global|base/\\d+)/\\d+(_vm)?"))
              .sorted()
              .toList();
    }
    try (PageServiceClient client = connect(timeline)) {
      for (Path file : files) {
        compared += compareFile(client, file, sinceLsn, requestLsn, differences);
      }
    }
    assertThat(compared).isGreaterThan(700);
    return differences;
  }

  private static int compareFile(
      PageServiceClient client, Path file, long sinceLsn, long requestLsn, List<String> differences)
      throws Exception {
    String name = file.getFileName().toString();
    boolean map = name.endsWith("_vm");
    String parent = file.getName(file.getNameCount() - 2).toString();
    boolean global = parent.equals("global");
    RelFileNode relation =
        new RelFileNode(
            global ? RelFileNode.GLOBAL_TABLESPACE : RelFileNode.DEFAULT_TABLESPACE,
            global ? 0 : Integer.parseInt(parent),
            Integer.parseInt(name.replace("_vm", "")));
    int fork = map ? Fork.VISIBILITY_MAP : Fork.MAIN;
    if (map && relation.dbNode() > 16383) {
      // A copied database's maps are not in the WAL.
      return 0;
    }
    byte[] expected = Files.readAllBytes(file);
    int blocks = expected.length / PAGE;
    RequestHeader header = new RequestHeader(7, requestLsn, sinceLsn);
    client.send(new PageRequest.BlockCount(header, relation, fork));
    for (int block = 0; block < blocks; block++) {
      client.send(new PageRequest.Page(header, relation, fork, block));
    }
    client.flush();
    PageResponse count = client.receive(ByteBuffer.allocate(PAGE));
    if (!(count instanceof PageResponse.BlockCount(_, int found)) || found != blocks) {
      differences.add(file + ": " + count + ", not " + blocks + " blocks");
    }
    for (int block = 0; block < blocks; block++) {
      ByteBuffer page = ByteBuffer.allocate(PAGE).order(ByteOrder.LITTLE_ENDIAN);
      PageResponse response = client.receive(page);
      ByteBuffer own =
          ByteBuffer.wrap(Arrays.copyOfRange(expected, block * PAGE, (block + 1) * PAGE))
              .order(ByteOrder.LITTLE_ENDIAN);
      if (!(response instanceof PageResponse.Page)) {
        differences.add(file + " block " + block + ": " + response);
      } else if (map ? !bits(page).equals(bits(own)) : !same(page, own, block)) {
        differences.add(
            file
                + " block "
                + block
                + " differs at "
                + page.mismatch(own)
                + ", LSN "
                + Lsn.toString(page.getLong(0))
                + " and "
                + Lsn.toString(own.getLong(0)));
      }
    }
    return blocks;
  }

  private static ByteBuffer bits(ByteBuffer page) {
    return page.slice(24, PAGE - 24);
  }

  private static boolean same(ByteBuffer page, ByteBuffer own, int block)
      throws CorruptDataException {
    page.clear();
    own.clear();
    if (isEmpty(page) && isEmpty(own)) {
      return true;
    }
    mask(page, block);
    mask(own, block);
    return page.equals(own);
  }

  /// Zeros, or initialised without a record: extension in bulk leaves such pages.
  private static boolean isEmpty(ByteBuffer page) {
    int lower = page.getShort(12) & 0xFFFF;
    return lower == 0 || (lower == 24 && page.getShort(14) == page.getShort(16));
  }

  /// By the special space: none is a heap's, eight bytes are a sequence's, sixteen a b-tree's.
  private static void mask(ByteBuffer page, int block) throws CorruptDataException {
    int special = PAGE - (page.getShort(16) & 0xFFFF);
    int manager =
        switch (special) {
          case 0 -> ResourceManager.HEAP;
          case 16 -> ResourceManager.BTREE;
          default -> ResourceManager.SEQ;
        };
    assertThat(Redo.mask(page, manager, block)).isTrue();
    if (manager == ResourceManager.SEQ) {
      // The WAL is 32 values ahead of the server's own page.
      int value = PAGE - special - SEQUENCE_ROW_SIZE;
      page.putLong(value, 0).putLong(value + 8, 0);
    }
  }
}
