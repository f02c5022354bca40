package dev.argon.compute.communicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.argon.compute.memory.ServerCounters;
import dev.argon.compute.support.StockCluster;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Many readers of one absent block, and what the end of one of them does to the others (IP-1,
/// IP-2, IP-3, IP-5, RS-6, RS-7). They read with `pg_prewarm`, around the buffer pool, which would
/// let only one of them through.
class WaitingReadersTest {

  private static final int READERS = 100;
  private static final int BLOCK = 7;
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final String READ_FIRST = "select pg_prewarm('before', 'read', 'main', 0, 0)";
  private static final String READ =
      "select pg_prewarm('before', 'read', 'main', %d, %d)".formatted(BLOCK, BLOCK);

  @TempDir Path directory;

  private AskedPages asked;
  private FakePageService pages;
  private ShimServer server;
  private int file;

  @BeforeEach
  void start() throws Exception {
    Cluster cluster = Cluster.create(directory);
    asked = new AskedPages(cluster.unchangedPages());
    pages = FakePageService.start(asked);
    server =
        ShimServer.start(
            directory.resolve("shim"),
            cluster,
            pages.address(),
            Map.of(
                "max_connections", "150",
                "neon.readahead_buffer_size", "0",
                // nothing of it outlives a postmaster that is killed
                "dynamic_shared_memory_type", "mmap"));
    server.execute("create extension pg_prewarm");
    file = Integer.parseInt(server.value("select pg_relation_filenode('before')"));
    // what is needed of the catalogs while the pageserver stands still
    assertThat(waiting("Extension")).isZero();
    server.execute("select pg_terminate_backend(0, 10), pg_cancel_backend(0)");
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
    pages.close();
  }

  /// Sessions that wait so in a statement about the table.
  private long waiting(String event) throws Exception {
    return Long.parseLong(
        server.value(
            "select count(*) from pg_stat_activity where wait_event = '"
                + event
                + "' and state = 'active' and query like '%before%' and pid <> pg_backend_pid()"));
  }

  private void awaitWaiting(int count) {
    await().atMost(TIMEOUT).until(() -> waiting("Extension") == count);
  }

  private static String get(CompletableFuture<String> result) throws Exception {
    return result.get(60, TimeUnit.SECONDS);
  }

  /// IP-1, IP-2.
  @Test
  void hundredReadersOfAnAbsentBlockMakeOneRequest() throws Exception {
    try (Sessions sessions = Sessions.open(server, READERS, READ_FIRST)) {
      ServerCounters before = server.memory.serverCounters();
      pages.freeze();
      List<CompletableFuture<String>> reads = sessions.sendAll(READ);
      awaitWaiting(READERS);
      pages.thaw();

      for (CompletableFuture<String> read : reads) {
        assertThat(get(read)).isEqualTo("1");
      }
      assertThat(asked.count(file, BLOCK)).isEqualTo(1);
      assertThat(server.memory.serverCounters().waits() - before.waits())
          .isGreaterThanOrEqualTo(READERS - 1);
    }
  }

  /// IP-2.
  @Test
  void hundredSessionsThatSelectFromOneAbsentBlockMakeOneRequest() throws Exception {
    String select = "select count(*) from before where ctid = '(%d,1)'";
    try (Sessions sessions = Sessions.open(server, READERS, select.formatted(0))) {
      pages.freeze();
      List<CompletableFuture<String>> reads = sessions.sendAll(select.formatted(BLOCK));
      await().atMost(TIMEOUT).until(() -> waiting("Extension") + waiting("BufferIO") == READERS);
      pages.thaw();

      for (CompletableFuture<String> read : reads) {
        assertThat(get(read)).isEqualTo("1");
      }
      assertThat(asked.count(file, BLOCK)).isEqualTo(1);
    }
  }

  /// RS-6, §2.
  @Test
  void terminatedReaderHarmsNoOtherOne() throws Exception {
    readersGoOnWithoutTheFirst("pg_terminate_backend", "57P01");
  }

  /// RS-6, §2.
  @Test
  void cancelledReaderHarmsNoOtherOne() throws Exception {
    readersGoOnWithoutTheFirst("pg_cancel_backend", "57014");
  }

  private void readersGoOnWithoutTheFirst(String end, String sqlState) throws Exception {
    try (Sessions sessions = Sessions.open(server, 3, READ_FIRST)) {
      pages.freeze();
      CompletableFuture<String> first = sessions.send(0, READ);
      awaitWaiting(1);
      List<CompletableFuture<String>> others =
          List.of(sessions.send(1, READ), sessions.send(2, READ));
      awaitWaiting(3);

      assertThat(server.value("select " + end + "(" + sessions.pid(0) + ")")).isEqualTo("t");
      assertThatThrownBy(() -> get(first)).hasMessageContaining(sqlState);
      awaitWaiting(2);
      pages.thaw();

      for (CompletableFuture<String> read : others) {
        assertThat(get(read)).isEqualTo("1");
      }
      assertThat(asked.count(file, BLOCK)).isEqualTo(1);
      await().atMost(TIMEOUT).until(() -> server.memory.slots().inUse() == 0);
      assertThat(server.value("select count(*) from before")).isEqualTo("1000");
    }
  }

  /// RS-6: nobody would ever wake them. §2.
  @Test
  void waitingReadersEndWithThePostmaster() throws Exception {
    ProcessHandle postmaster = ProcessHandle.of(server.pid()).orElseThrow();
    try (Sessions sessions = Sessions.open(server, 2, READ_FIRST)) {
      List<ProcessHandle> children = postmaster.children().toList();
      assertThat(children).hasSizeGreaterThan(4);
      String segment = Files.readAllLines(server.data.resolve("postmaster.pid")).get(6).strip();
      pages.freeze();
      List<CompletableFuture<String>> reads = sessions.sendAll(READ);
      awaitWaiting(2);

      var _ = StockCluster.run("kill", "-KILL", Long.toString(server.pid()));

      await().atMost(TIMEOUT).until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
      for (CompletableFuture<String> read : reads) {
        assertThatThrownBy(() -> get(read)).isInstanceOf(ExecutionException.class);
      }
      var _ = StockCluster.run("ipcrm", "-m", segment.split("\\s+", 2)[1]);
    }
  }

  /// §6.
  @Test
  void errorIsTheAskersAndOthersAskForThemselves() throws Exception {
    try (Sessions sessions = Sessions.open(server, 4, READ_FIRST)) {
      pages.freeze();
      CompletableFuture<String> first = sessions.send(0, READ);
      awaitWaiting(1);
      List<CompletableFuture<String>> others =
          List.of(sessions.send(1, READ), sessions.send(2, READ), sessions.send(3, READ));
      awaitWaiting(4);
      FakePageService.Pages right = asked;
      pages.pages((request, target) -> {
        boolean wanted = request.relation().relNode() == file && request.block() == BLOCK;
        if (wanted && asked.count(file, BLOCK) == 0) {
          right.read(request, ByteBuffer.allocate(8192));
          throw new FakePageService.RefusedException("not this time");
        }
        right.read(request, target);
      });
      pages.thaw();

      assertThatThrownBy(() -> get(first)).hasMessageContaining("not this time");
      for (CompletableFuture<String> read : others) {
        assertThat(get(read)).isEqualTo("1");
      }
      assertThat(asked.count(file, BLOCK)).isEqualTo(2);
    }
  }

  /// IP-3.
  @Test
  void readerThatWaitsForAnotherOnesRequestSaysForWhose() throws Exception {
    try (Sessions sessions = Sessions.open(server, 2, READ_FIRST)) {
      pages.freeze();
      CompletableFuture<String> first = sessions.send(0, READ);
      awaitWaiting(1);
      CompletableFuture<String> second = sessions.send(1, READ);

      await()
          .atMost(TIMEOUT)
          .until(() ->
              Files.readString(server.log)
                  .contains("waiting for block " + BLOCK + " of relation base/"));
      assertThat(Files.readString(server.log))
          .containsPattern(
              "Request \\d+ of process " + sessions.pid(0) + " asks the pageserver for it");
      pages.thaw();
      assertThat(get(first)).isEqualTo("1");
      assertThat(get(second)).isEqualTo("1");
      assertThat(Files.readString(server.log))
          .containsPattern("block " + BLOCK + " of relation base/\\d+/" + file + " came after");
    }
  }

  /// A pageserver that stands still is no reason to miss a timeout, and a prefetch whose asker is
  /// gone ends by itself. RS-7, IP-5, RQ-5, §2, §7.
  @Test
  void prefetchOfATerminatedSessionEndsAndIsOfUse() throws Exception {
    String prefetch = "select pg_prewarm('before', 'prefetch')";
    try (Sessions sessions = Sessions.open(server, 1, READ_FIRST)) {
      var _ = sessions.client(0).query("set statement_timeout = '5s'");
      pages.freeze();
      String blocks = get(sessions.send(0, prefetch));
      assertThat(server.memory.slots().aheadInUse()).isPositive();

      assertThat(server.value("select pg_terminate_backend(" + sessions.pid(0) + ", 10000)"))
          .isEqualTo("t");
      pages.thaw();

      await().atMost(TIMEOUT).until(() -> server.memory.slots().inUse() == 0);
      long requests = asked.count(file);
      assertThat(server.value("select count(*) from before")).isEqualTo("1000");
      assertThat(asked.count(file)).isEqualTo(requests).isEqualTo(Long.parseLong(blocks));
    }
  }
}
