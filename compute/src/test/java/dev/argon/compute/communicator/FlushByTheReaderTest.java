package dev.argon.compute.communicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.argon.compute.memory.BlockMap;
import dev.argon.compute.memory.SharedMemoryLayout;
import dev.argon.compute.support.StockCluster;
import dev.argon.pageservice.PageRequest;
import dev.argon.pgwire.PgClient;
import dev.argon.postgres.Lsn;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A page was written when WAL behind its last change was in the buffers only: its bound is beyond
/// what is flushed, and the pageserver will wait for it. The WAL writer stands still meanwhile, no
/// commit waits for the disk, nothing is checkpointed: whoever flushes is the reader.
class FlushByTheReaderTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private static final String READ = "select i from t";

  private static final String BY_INDEX =
      "set enable_seqscan = off; set enable_bitmapscan = off; set enable_sort = off";

  /// More than the buffers hold, by way of an index: a sequential scan has a ring of its own.
  private static final String THROUGH_BUFFERS =
      "select sum(length(x)) from (select x from filler order by i) q";

  @TempDir Path directory;

  private AskedPages asked;
  private ShimStack stack;
  private ShimServer server;

  @BeforeEach
  void start() throws Exception {
    stack =
        ShimStack.start(
            directory,
            Map.of(
                "wal_keep_size", "8GB",
                "shared_buffers", "1MB",
                "autovacuum", "off",
                "checkpoint_timeout", "1d",
                "bgwriter_lru_maxpages", "0",
                "synchronous_commit", "off"));
    server = stack.server();
    // as the pageserver does, it waits until WAL is flushed up to the bound
    asked = new AskedPages(stack.changedPages());
    stack.pages().pages(asked);
    server.execute(
        "create table t as select 1 as i",
        "create table filler (i int primary key, x text)",
        "insert into filler select i, repeat('f', 700) from generate_series(1, 4000) i",
        "vacuum filler",
        BY_INDEX + ";" + THROUGH_BUFFERS,
        "checkpoint");
  }

  @AfterEach
  void stop() throws Exception {
    stack.close();
  }

  /// LS-2, §5.
  @Test
  void whatIsNotFlushedIsFlushedByItsReader() throws Exception {
    int file = Integer.parseInt(server.value("select pg_relation_filenode('t')"));
    String walWriter =
        server.value("select pid from pg_stat_activity where backend_type = 'walwriter'");
    // from here on the row has its hint bit, which is in no WAL: the page waits to be written
    try (Sessions sessions = Sessions.open(server, 2, READ)) {
      PgClient other = sessions.client(1);
      var _ = other.query(BY_INDEX);
      var _ = flushedLsn(other);
      StockCluster.run("kill", "-STOP", walWriter);
      try {
        var _ = other.query("select pg_logical_emit_message(false, 'p', repeat('m', 3000))");
        var _ = other.query(THROUGH_BUFFERS);
        server.cacheLimit("0");
        await().atMost(TIMEOUT).until(() -> !isPresent(file));
        Lsn flushed = flushedLsn(other);

        CompletableFuture<String> read = sessions.send(0, READ);

        assertThat(read.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isEqualTo("1");
        Lsn bound = newestBound(file);
        assertThat(bound.isAfter(flushed)).as("%s was beyond %s", bound, flushed).isTrue();
        assertThat(flushedLsn(other).isAtLeast(bound)).isTrue();
      } finally {
        StockCluster.run("kill", "-CONT", walWriter);
      }
    }
  }

  private static Lsn flushedLsn(PgClient client) throws Exception {
    return Lsn.parse(String.valueOf(client.query("select pg_current_wal_flush_lsn()").single()));
  }

  /// Whether the file has the table's only block.
  private boolean isPresent(int file) {
    BlockMap blocks = server.memory.blocks();
    return IntStream.range(0, blocks.chunkHigh())
        .filter(index -> blocks.chunk(index).filter(chunk -> isMain(chunk, file)).isPresent())
        .anyMatch(index -> BlockMap.state(blocks.load(index, 0)) == SharedMemoryLayout.PRESENT);
  }

  private static boolean isMain(BlockMap.Chunk chunk, int file) {
    return chunk.relation().relNode() == file && chunk.fork() == 0;
  }

  private Lsn newestBound(int file) {
    PageRequest.Page newest =
        asked.all().stream()
            .filter(page -> page.relation().relNode() == file && page.fork() == 0)
            .reduce((_, last) -> last)
            .orElseThrow();
    return new Lsn(newest.header().notModifiedSinceLsn());
  }
}
