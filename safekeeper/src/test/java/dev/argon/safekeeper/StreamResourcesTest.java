package dev.argon.safekeeper;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.pgwire.message.BlockPool;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What streams leave behind: nothing. Threads, receive buffers that are lent and direct memory are
/// counted before and after each kind of end.
@Timeout(120)
class StreamResourcesTest extends SafekeeperFixture {

  private static final int TIMES = 10;
  private static final String READ = "START_REPLICATION PHYSICAL " + START;

  /// What a client of the test's own may still hold.
  private static final long DIRECT_SLACK_BYTES = 256 << 10;

  /// Ends a stream.
  @FunctionalInterface
  private interface Ending {
    void end(RawPeer peer) throws Exception;
  }

  private RawPeer push() throws Exception {
    RawPeer peer = new RawPeer(safekeeper).startUp(TestSafekeeper.KEY, "proposer");
    peer.copyBoth(TestProposer.COMMAND);
    peer.write(RawPeer.copyData(TestProposer.greeting()));
    assertThat(peer.receive().tag()).isEqualTo('d');
    return peer;
  }

  private RawPeer read() throws Exception {
    RawPeer peer = new RawPeer(safekeeper).startUp(TestSafekeeper.KEY, "reader");
    peer.copyBoth(READ);
    assertThat(peer.receive().tag()).isEqualTo('d');
    return peer;
  }

  private void endAll(Ending ending) throws Exception {
    for (int i = 0; i < TIMES; i++) {
      try (RawPeer pushing = push();
          RawPeer reading = read()) {
        ending.end(pushing);
        ending.end(reading);
      }
    }
  }

  private static long directBytes() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  /// Without what is kept for the next connection.
  private static long directBytesInUse() {
    return directBytes() - BlockPool.shared().idleBytes();
  }

  private static void awaitNothing(long lentBytes) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> {
          assertThat(StreamThreads.alive()).isEmpty();
          assertThat(BlockPool.shared().lentBytes()).isEqualTo(lentBytes);
        });
  }

  /// Names without their numbers.
  private static List<String> threads() {
    return StreamThreads.alive().stream().map(name -> name.replaceAll("-\\d+", "")).toList();
  }

  @Test
  @DisplayName("SK-1 one port for all: a connection has one thread, a COPY stream one more")
  void aConnectionHasOneThreadAndAStreamOneMore() throws Exception {
    append(longWal());
    awaitNothing(0);
    try (RawPeer _ = new RawPeer(safekeeper).startUp(TestSafekeeper.KEY, "idle");
        RawPeer _ = read();
        RawPeer _ = push()) {
      assertThat(threads()).containsExactly("answers", "feedback", "pg", "pg", "pg");
    }
    awaitNothing(0);
  }

  @Test
  @DisplayName("threads and buffers are back to where they were after each kind of end")
  void nothingIsLeftAfterAnyEnd() throws Exception {
    append(longWal());
    endAll(RawPeer::close);
    awaitNothing(0);
    System.gc();
    Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> directBytesInUse() >= 0);
    long direct = directBytesInUse();

    endAll(peer -> peer.write(RawPeer.message('c', new byte[0])));
    awaitNothing(0);
    endAll(peer -> peer.write(RawPeer.message('f', new byte[] {'x', 0})));
    awaitNothing(0);
    endAll(peer -> peer.write(RawPeer.message('X', new byte[0])));
    awaitNothing(0);
    endAll(peer -> peer.socket.shutdownOutput());
    awaitNothing(0);
    endAll(RawPeer::reset);
    awaitNothing(0);
    endAll(peer -> peer.write(RawPeer.message('d', new byte[0]))); // refused
    awaitNothing(0);
    endAll(peer -> peer.write((byte) 'd', (byte) -1, (byte) -1, (byte) -1, (byte) -1)); // 4 GB
    awaitNothing(0);

    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> {
          System.gc();
          assertThat(directBytesInUse()).isLessThanOrEqualTo(direct + DIRECT_SLACK_BYTES);
        });
  }

  @Test
  @DisplayName("SK-5 a reader that is stuck and closes its direction is gone at once")
  void aStuckReaderThatClosesIsGone() throws Exception {
    WalText wal = wal();
    for (int i = 0; i < 120; i++) {
      wal.add("x".repeat(100_000));
    }
    append(wal);
    try (RawPeer peer = new RawPeer(safekeeper, 4 << 10).startUp(TestSafekeeper.KEY, "stuck")) {
      peer.copyBoth(READ);
      assertThat(peer.receive().tag()).isEqualTo('d');
      assertThat(StreamThreads.alive()).hasSize(2);

      peer.socket.shutdownOutput();

      Awaitility.await()
          .atMost(Duration.ofSeconds(30)) // a stuck write is given a minute
          .until(() -> StreamThreads.alive().isEmpty());
    }
  }
}
