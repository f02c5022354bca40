package dev.argon.compute.proposer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgClientSettings;
import dev.argon.pgwire.PgConnection;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.PgServer;
import dev.argon.pgwire.PgServerSettings;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.quorum.HotStandbyFeedback;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The proposer as a standby of a server that is a fake.
class StandbyTest {

  private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();

  /// The `xmin` of each hot standby feedback that the server gets.
  private final BlockingQueue<Integer> feedback = new LinkedBlockingQueue<>();

  private final BlockingQueue<PgConnection> connections = new LinkedBlockingQueue<>();
  private Selector selector;
  private PgServer server;
  private Standby standby;

  @BeforeEach
  void start() throws Exception {
    selector = Selector.open();
    server =
        PgServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            PgServerSettings.storage("postgres"),
            this::query);
    standby = new Standby(new Loop(), new CommitBoard(), Clock.systemUTC(), selector);
    standby.follow(
        new PostgresStream(
            PgClientSettings.of(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()),
                "argon",
                "postgres"),
            Lsn.parse("0/3000000"),
            Path.of("/nowhere"),
            WalLayout.v15(1)));
  }

  @AfterEach
  void close() throws Exception {
    standby.close();
    server.close();
    selector.close();
  }

  private void query(PgConnection connection, String text) throws IOException, PgErrorException {
    if (!text.startsWith("START_REPLICATION")) {
      connection.commandComplete("CREATE_REPLICATION_SLOT");
      return;
    }
    CopyStream stream = connection.copyBoth();
    connections.add(connection);
    while (stream.receive()) {
      ByteBuffer payload = stream.payload().slice();
      if (payload.get(0) == 'h') {
        feedback.add(payload.getInt(1 + Long.BYTES));
      }
    }
  }

  /// Turns of the loop until there is news of feedback.
  private Optional<Integer> turnUntilFeedback() throws Exception {
    long until = System.nanoTime() + TIMEOUT_NANOS;
    Integer told = feedback.poll();
    while (told == null && System.nanoTime() < until) {
      Runnable task = tasks.poll(20, TimeUnit.MILLISECONDS);
      if (task != null) {
        task.run();
      }
      selector.selectNow();
      selector.selectedKeys().forEach(standby::ready);
      selector.selectedKeys().clear();
      standby.reportIfDue();
      told = feedback.poll();
    }
    return Optional.ofNullable(told);
  }

  /// The slot keeps what it was told over a connection's end, so nothing needed must be told, too.
  @Test
  void needWithdrawnWhileTheConnectionWasAwayIsToldToTheNext() throws Exception {
    standby.needs(new HotStandbyFeedback(1, 700, 0));
    Optional<Integer> first = turnUntilFeedback();
    while (first.isPresent() && first.get() != 700) {
      first = turnUntilFeedback();
    }
    assertThat(first).contains(700);

    connections.take().abort();
    long until = System.nanoTime() + TIMEOUT_NANOS;
    while (standby.isStreaming() && System.nanoTime() < until) {
      selector.select(20);
      selector.selectedKeys().forEach(standby::ready);
      selector.selectedKeys().clear();
    }
    standby.needs(HotStandbyFeedback.NONE);
    // Nobody is there to be told.
    standby.reportIfDue();

    assertThat(turnUntilFeedback()).contains(0);
  }

  private final class Loop implements Standby.Owner {

    @Override
    public void submit(Runnable task) {
      tasks.add(task);
    }

    @Override
    public boolean isOver() {
      return false;
    }

    @Override
    public long walEndLsn() {
      return Lsn.parse("0/3000000").value();
    }

    @Override
    public void take(ByteBuffer wal) {}

    @Override
    public void walArrived() {}
  }
}
