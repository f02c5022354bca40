package dev.argon.compute.communicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.argon.compute.memory.BlockMap;
import dev.argon.pageservice.PageRequest;
import dev.argon.pgwire.PgClient;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/// Request slots between real processes (RS-4, RS-5, RS-7, RS-8, IP-4, RQ-2, RQ-5, RQ-13).
class RequestSlotsTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final int BLOCKS = 400;
  private static final int OVERLAPPING = 64;

  /// Blocks that hints are held back for; as many as there are slots for hints.
  private static final int HINTED_BLOCKS = 128;

  private static final String NO_READ_AHEAD = "no-read-ahead";
  private static final String ONE_SLOT = "one-slot";

  /// One row for each block; a compressed one would leave room for more.
  private static final String WIDE =
      "create table wide (i int, a text); alter table wide alter a set storage plain;"
          + " insert into wide select i, repeat('w', 7600) from generate_series(1, 400) i;";

  /// Where things lie in the shared file (`argon_shared.h`).
  private static final long DEMAND_SLOTS_AT = 40;

  private static final long SLOTS_OFFSET_AT = 80;
  private static final int SLOT_SIZE = 512;
  private static final int FILLING = 1;
  private static final int COMPLETED = 4;
  private static final int SLOTS_PER_PROCESS = 3;

  @TempDir Path directory;

  private AskedPages asked;
  private ShimStack stack;
  private ShimServer server;

  /// @param test its tags say what is different
  @BeforeEach
  void start(TestInfo test) throws Exception {
    Path library =
        test.getTags().contains(ONE_SLOT)
            ? ShimBuild.with(directory.resolve("build"), "-DSLOTS_PER_PROCESS=1")
            : ShimServer.library();
    Map<String, String> settings = new HashMap<>();
    if (test.getTags().contains(NO_READ_AHEAD)) {
      settings.put("neon.readahead_buffer_size", "0");
    }
    settings.put("max_connections", "250");
    settings.put("wal_keep_size", "8GB");
    stack = ShimStack.start(directory, library, settings, WIDE);
    server = stack.server();
    asked = new AskedPages(stack.changedPages());
    stack.pages().pages(asked);
    server.execute("create extension pg_prewarm");
  }

  @AfterEach
  void stop() throws Exception {
    stack.close();
  }

  private static String read(int first, int last) {
    return "select pg_prewarm('wide', 'read', 'main', " + first + ", " + last + ")";
  }

  private int file() throws Exception {
    return Integer.parseInt(server.value("select pg_relation_filenode('wide')"));
  }

  /// Answers for the first `blocks` blocks come when `open` is at zero.
  private void holdBack(int file, int blocks, CountDownLatch open) {
    stack
        .pages()
        .pages((request, target) -> {
          if (request.relation().relNode() == file && request.block() < blocks) {
            open.await();
          }
          asked.read(request, target);
        });
  }

  private long waiting() throws Exception {
    return Long.parseLong(
        server.value(
            "select count(*) from pg_stat_activity where wait_event = 'Extension'"
                + " and state = 'active' and query like '%wide%' and pid <> pg_backend_pid()"));
  }

  /// RS-5.
  @Test
  @Tag(NO_READ_AHEAD)
  void whatWasSubmittedWhileTheCommunicatorWasAwayIsServed() throws Exception {
    int backends = 200;
    try (Sessions sessions = Sessions.open(server, backends, read(0, 0))) {
      assertThat(waiting()).isZero();
      await().atMost(TIMEOUT).until(() -> server.memory.slots().inUse() == 0);
      server.stopCommunicator();
      List<CompletableFuture<String>> reads = new ArrayList<>();
      for (int i = 0; i < backends; i++) {
        reads.add(sessions.send(i, read(2 * i + 1, 2 * i + 1)));
      }
      await().atMost(TIMEOUT).until(() -> waiting() == backends);
      server.startCommunicator();

      for (CompletableFuture<String> read : reads) {
        assertThat(read.get(60, TimeUnit.SECONDS)).isEqualTo("1");
      }
      int file = file();
      for (int i = 0; i < backends; i++) {
        assertThat(asked.count(file, 2 * i + 1)).isEqualTo(1);
      }
      assertThat(server.memory.slots().inUse()).isZero();
    }
  }

  /// RS-8, RQ-2.
  @Test
  void idsOfRequestsNeverComeTwice() throws Exception {
    for (int round = 0; round < 3; round++) {
      try (Sessions sessions = Sessions.open(server, 16, "select 1")) {
        List<CompletableFuture<String>> reads = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
          int first = (round * 16 + i) * 8;
          reads.add(sessions.send(i, read(first, first + 7)));
        }
        for (CompletableFuture<String> read : reads) {
          assertThat(read.get(60, TimeUnit.SECONDS)).isEqualTo("8");
        }
      }
    }

    Map<Long, Set<Integer>> blocksOf = new HashMap<>();
    Map<Long, Integer> relationOf = new HashMap<>();
    for (PageRequest.Page page : asked.all()) {
      long id = page.header().requestId();
      assertThat(relationOf.computeIfAbsent(id, _ -> page.relation().relNode()))
          .isEqualTo(page.relation().relNode());
      assertThat(blocksOf.computeIfAbsent(id, _ -> new HashSet<>()).add(page.block())).isTrue();
    }
    assertThat(blocksOf.size()).isGreaterThan(100);
    blocksOf
        .values()
        .forEach(blocks -> {
          int first = blocks.stream().mapToInt(block -> block).min().orElseThrow();
          int last = blocks.stream().mapToInt(block -> block).max().orElseThrow();
          assertThat(last - first).isLessThan(32);
        });
  }

  /// RS-7.
  @Test
  void slotsThatADeadProcessLeftAreReclaimedByTheNextOne() throws Exception {
    // As if every process had died while it filled a slot, and had never collected another one.
    // The third of each stays with the living.
    try (FileChannel shared =
        FileChannel.open(server.memory.file(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer word = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
      shared.read(word, DEMAND_SLOTS_AT);
      int demandSlots = word.getInt(0);
      shared.read(word.clear(), SLOTS_OFFSET_AT);
      long slots = word.getLong(0);
      for (int slot = 0; slot < demandSlots; slot++) {
        if (slot % SLOTS_PER_PROCESS != SLOTS_PER_PROCESS - 1) {
          word.clear().putInt(0, slot % SLOTS_PER_PROCESS == 0 ? FILLING : COMPLETED).limit(4);
          shared.write(word, slots + (long) slot * SLOT_SIZE);
        }
      }
    }
    int before = server.memory.slots().inUse();

    try (PgClient client = server.connect("postgres")) {
      assertThat(client.query(read(0, 99)).single()).isEqualTo("100");
      // what was read ahead behind the range may still be on its way
      await().atMost(TIMEOUT).until(() -> server.memory.slots().inUse() <= before - 2);
    }

    assertThat(Files.readString(server.log))
        .containsPattern("leftover request in slot \\d+, state 0x1, ")
        .containsPattern("leftover request in slot \\d+, state 0x4, ");
  }

  /// RQ-13: with every slot for hints in use, and their answers held back, pages that somebody
  /// waits for come all the same. A hint without a slot is dropped. §7.
  @Test
  @Tag(NO_READ_AHEAD)
  void readersDoNotWaitForHintsThatAreUnderWay() throws Exception {
    int file = file();
    CountDownLatch open = new CountDownLatch(1);
    holdBack(file, HINTED_BLOCKS, open);
    try {
      assertThat(server.value("select pg_prewarm('wide', 'prefetch')"))
          .isEqualTo(Integer.toString(BLOCKS));
      int hints = server.memory.slots().aheadInUse();
      assertThat(hints).isEqualTo(HINTED_BLOCKS);

      assertThat(server.value(read(HINTED_BLOCKS, BLOCKS - 1)))
          .isEqualTo(Integer.toString(BLOCKS - HINTED_BLOCKS));
      assertThat(server.value("select count(*) from before")).isEqualTo("1000");

      assertThat(server.memory.slots().aheadInUse()).isEqualTo(hints);
      assertThat(asked.count(file)).isEqualTo(BLOCKS - HINTED_BLOCKS);
    } finally {
      open.countDown();
    }
    assertThat(server.value("select count(*) from wide")).isEqualTo(Integer.toString(BLOCKS));
    assertThat(asked.count(file)).as("each block once").isEqualTo(BLOCKS);
  }

  /// RQ-5: a hint never fails, and leaves nothing behind. §2.
  @Test
  void refusedHintIsNobodysError() throws Exception {
    int file = file();
    stack
        .pages()
        .pages((request, target) -> {
          if (request.relation().relNode() == file) {
            throw new FakePageService.RefusedException("no hints today");
          }
          asked.read(request, target);
        });

    assertThat(server.value("select pg_prewarm('wide', 'prefetch')"))
        .isEqualTo(Integer.toString(BLOCKS));

    await().atMost(TIMEOUT).until(() -> server.communicator.counters().errors() >= 100);
    await().atMost(TIMEOUT).until(() -> server.memory.slots().inUse() == 0);
    stack.pages().pages(asked);
    assertThat(server.value("select count(*) from wide")).isEqualTo(Integer.toString(BLOCKS));
    assertThat(Files.readString(server.log)).doesNotContain("ERROR");
  }

  /// IP-5, RQ-11: what was asked for before a table was dropped comes to nothing. IC-6, §2, §6.
  @Test
  @Tag(NO_READ_AHEAD)
  void answersForADroppedTableAreDropped() throws Exception {
    int file = file();
    CountDownLatch open = new CountDownLatch(1);
    holdBack(file, BLOCKS, open);
    int hints;
    try {
      server.execute("select pg_prewarm('wide', 'prefetch', 'main', 0, 63)");
      hints = server.memory.slots().aheadInUse();
      assertThat(hints).isEqualTo(64);

      server.execute("drop table wide", "checkpoint");
    } finally {
      open.countDown();
    }

    await().atMost(TIMEOUT).until(() -> server.memory.slots().inUse() == 0);
    assertThat(server.communicator.counters().droppedPages()).isEqualTo(hints);
    BlockMap blocks = server.memory.blocks();
    for (int chunk = 0; chunk < blocks.chunkHigh(); chunk++) {
      assertThat(blocks.chunk(chunk).map(live -> live.relation().relNode()))
          .isNotEqualTo(Optional.of(file));
    }
    assertThat(server.memory.serverCounters().zeroPageErrors()).isZero();
    assertThat(Files.readString(server.log)).doesNotContain("ERROR");
  }

  /// `test_prefetch_buffer_resize`. §7.
  @Test
  void windowOfAReaderCanChangeAtAnyTime() throws Exception {
    Random random = new Random(TestLength.seed("RequestSlotsTest"));
    try (PgClient client = server.connect("postgres")) {
      var _ = client.query("set synchronize_seqscans = off");
      long deadline = System.nanoTime() + TIMEOUT.toNanos();
      int rounds = TestLength.choose(40, 400);
      // pages leave when the evictor comes to it, and what stays is not asked for again
      for (int round = 0;
          round < rounds || (askedAhead() <= BLOCKS && System.nanoTime() < deadline);
          round++) {
        int window = random.nextInt(4) == 0 ? 0 : random.nextInt(1025);
        long rows = 1L + random.nextInt(BLOCKS);
        long ahead = askedAhead();
        var _ = client.query("set neon.readahead_buffer_size = " + window);

        assertThat(
                client
                    .query("select sum(i) from (select i from wide limit " + rows + ") w")
                    .single())
            .isEqualTo(Long.toString(rows * (rows + 1) / 2));

        if (window == 0) {
          assertThat(askedAhead()).isEqualTo(ahead);
        }
        evictAll();
      }
      assertThat(askedAhead()).isGreaterThan(BLOCKS);
      assertThatThrownBy(() -> client.query("set neon.readahead_buffer_size = 1025"))
          .hasMessageContaining("outside the valid range");
    }
  }

  /// The communicator knows nothing of slices. RS-4.
  @Test
  @Tag(ONE_SLOT)
  void anotherNumberOfSlotsForEachProcessIsTheShimsAlone() throws Exception {

    assertThat(server.value(read(0, BLOCKS - 1))).isEqualTo(Integer.toString(BLOCKS));
    assertThat(server.value("select count(*) from wide")).isEqualTo("400");
  }

  /// Sixty-four sessions over ranges that overlap, some reading, some only asking ahead. IP-4.
  @Test
  void overlappingRangesNeverWaitForEachOtherInACircle() throws Exception {
    Random random = new Random(TestLength.seed("RequestSlotsTest"));
    long end = System.nanoTime() + TestLength.choose(5, 60) * 1_000_000_000L;
    try (Sessions sessions = Sessions.open(server, OVERLAPPING, read(0, 0))) {
      int statements = 0;
      do {
        List<CompletableFuture<String>> running = new ArrayList<>();
        for (int i = 0; i < OVERLAPPING; i++) {
          int first = random.nextInt(BLOCKS);
          int last = Math.min(BLOCKS - 1, first + random.nextInt(40));
          String sql =
              random.nextInt(4) == 0
                  ? read(first, last).replace("read", "prefetch")
                  : read(first, last);
          running.add(sessions.send(i, sql));
        }
        // They meet absent blocks again and again.
        for (CompletableFuture<String> one : running) {
          assertThat(Integer.parseInt(one.get(60, TimeUnit.SECONDS))).isBetween(1, 40);
          statements++;
        }
        evictAll();
      } while (System.nanoTime() < end);
      System.out.println("RequestSlotsTest: " + statements + " overlapping ranges");
    }
    await().atMost(TIMEOUT).until(() -> server.memory.slots().inUse() == 0);
    assertThat(server.memory.serverCounters().zeroPageErrors()).isZero();
    assertThat(server.memory.serverCounters().waits()).isPositive();
    assertThat(Files.readString(server.log)).doesNotContain("ERROR");
  }

  private long askedAhead() {
    return server.memory.serverCounters().readAheadBlocks();
  }

  /// What this table's pages are may always go.
  private void evictAll() {
    server.memory.wantSpace();
  }
}
