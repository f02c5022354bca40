package dev.argon.it.safekeeper;

import dev.argon.postgres.Lsn;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.ProposerMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;

/// Where in a conversation with a safekeeper a peer goes silent.
enum SilentPoint {
  /// Connected, and not a byte sent.
  CONNECTED,
  /// Half of a startup packet sent.
  IN_STARTUP,
  /// Logged in, no query sent.
  READY,
  /// Half of a query was sent.
  IN_QUERY,

  PUSH_BEFORE_GREETING,
  PUSH_IN_GREETING,
  PUSH_AFTER_GREETING,
  PUSH_AFTER_VOTE,
  PUSH_AFTER_ELECTION,
  /// Three bytes of a CopyData's five were sent.
  PUSH_IN_HEADER,
  /// Half of the bytes of an append were sent.
  PUSH_IN_APPEND,
  /// Appends were sent, no answer was read.
  PUSH_ANSWER_UNREAD,
  /// Answers fill the kernel's buffers on both sides, and nothing is read.
  PUSH_ANSWERS_STUCK,
  /// All was answered and read.
  PUSH_IDLE,

  /// The reader waits for WAL that is not there yet.
  READ_AHEAD,
  /// The kernel's buffers on both sides are full, and nothing is read.
  READ_WINDOW_FULL,
  /// Half of a report was sent, and nothing is read.
  READ_IN_REPORT,
  /// Another safekeeper, which is kept up to date in a term.
  READ_FLUSHED,
  /// Everything there is was read and reported.
  READ_IDLE;

  private static final int SMALL_RECEIVE_BYTES = 16 << 10;
  private static final int RECORD_BYTES = 2_000;
  private static final int STUCK_VOTES = 4_000;

  /// The timeline that this conversation is about; nobody else uses it.
  TestTimeline timeline() {
    return TestTimeline.number(100 + List.of(values()).indexOf(this));
  }

  /// Whether a COPY stream is open at this point, so that the safekeeper knows the timeline.
  boolean isInStream() {
    return name().startsWith("PUSH_") || name().startsWith("READ_");
  }

  /// How many megabytes of WAL the timeline needs before the conversation begins.
  int walMegabytes() {
    return switch (this) {
      case READ_WINDOW_FULL, READ_IN_REPORT -> 13; // more than the kernel's buffers take
      case READ_FLUSHED, READ_IDLE -> 1;
      case CONNECTED,
          IN_STARTUP,
          READY,
          IN_QUERY,
          PUSH_BEFORE_GREETING,
          PUSH_IN_GREETING,
          PUSH_AFTER_GREETING,
          PUSH_AFTER_VOTE,
          PUSH_AFTER_ELECTION,
          PUSH_IN_HEADER,
          PUSH_IN_APPEND,
          PUSH_ANSWER_UNREAD,
          PUSH_ANSWERS_STUCK,
          PUSH_IDLE,
          READ_AHEAD ->
          0;
    };
  }

  /// Talks until the point is reached.
  ///
  /// @return the connection, which nobody may close
  RawConnection reach(String host, int port) throws IOException {
    return switch (this) {
      case CONNECTED -> RawConnection.connect(host, port, 0);
      case IN_STARTUP -> inStartup(RawConnection.connect(host, port, 0));
      case READY -> RawConnection.open(host, port, timeline());
      case IN_QUERY -> inQuery(RawConnection.open(host, port, timeline()));
      case PUSH_BEFORE_GREETING,
          PUSH_IN_GREETING,
          PUSH_AFTER_GREETING,
          PUSH_AFTER_VOTE,
          PUSH_AFTER_ELECTION,
          PUSH_IN_HEADER,
          PUSH_IN_APPEND,
          PUSH_ANSWER_UNREAD,
          PUSH_IDLE ->
          push(RawConnection.open(host, port, timeline()));
      case PUSH_ANSWERS_STUCK ->
          stuck(RawConnection.open(host, port, timeline(), SMALL_RECEIVE_BYTES));
      case READ_AHEAD -> {
        RawConnection connection = RawConnection.open(host, port, timeline());
        connection.copyBoth("START_REPLICATION PHYSICAL 0/70000000");
        yield connection;
      }
      case READ_WINDOW_FULL -> readNothing(host, port);
      case READ_IN_REPORT -> {
        RawConnection connection = readNothing(host, port);
        byte[] report =
            RawConnection.message('d', SteadyStream.standbyStatus(TestTimeline.START.value()));
        connection.send(Arrays.copyOf(report, report.length / 2));
        yield connection;
      }
      case READ_FLUSHED -> readAll(RawConnection.open(host, port, timeline()), " (term='1')");
      case READ_IDLE -> readAll(RawConnection.open(host, port, timeline()), "");
    };
  }

  private static RawConnection inStartup(RawConnection connection) throws IOException {
    byte[] packet = RawConnection.startupPacket(Map.of("user", "test"));
    connection.send(Arrays.copyOf(packet, packet.length / 2));
    return connection;
  }

  private static RawConnection inQuery(RawConnection connection) throws IOException {
    byte[] query = RawConnection.message('Q', new byte[100]);
    connection.send(Arrays.copyOf(query, query.length / 2));
    return connection;
  }

  private RawConnection push(RawConnection connection) throws IOException {
    ScriptedProposer proposer = new ScriptedProposer(connection, timeline());
    switch (this) {
      case PUSH_BEFORE_GREETING -> {}
      case PUSH_IN_GREETING -> {
        byte[] greeting =
            RawConnection.message(
                'd', ScriptedProposer.bytes(ScriptedProposer.greeting(timeline())));
        connection.send(Arrays.copyOf(greeting, greeting.length / 2));
      }
      case PUSH_AFTER_GREETING -> {
        AcceptorMessage _ = proposer.greet();
      }
      case PUSH_AFTER_VOTE -> {
        AcceptorMessage _ = proposer.vote();
      }
      case PUSH_AFTER_ELECTION -> {
        Lsn _ = proposer.lead();
      }
      default -> write(proposer);
    }
    return connection;
  }

  private void write(ScriptedProposer proposer) throws IOException {
    GeneratedWal wal = new GeneratedWal(proposer.lead());
    proposer.write(wal, 3, RECORD_BYTES);
    Lsn begin = wal.end();
    byte[] next = wal.next(RECORD_BYTES);
    byte[] append =
        RawConnection.message(
            'd', ScriptedProposer.bytes(proposer.append(begin, next.length, begin), next));
    switch (this) {
      case PUSH_IN_HEADER -> proposer.connection().send(Arrays.copyOf(append, 3));
      case PUSH_IN_APPEND -> proposer.connection().send(Arrays.copyOf(append, append.length / 2));
      case PUSH_ANSWER_UNREAD -> {
        proposer.connection().send(append);
        for (int i = 0; i < 20; i++) {
          Lsn more = wal.end();
          proposer.sendAppend(more, wal.next(RECORD_BYTES), more);
        }
      }
      default -> {} // idle
    }
  }

  /// Each request for a vote that was given already is answered at once. They are sent until
  /// neither side gets on.
  private RawConnection stuck(RawConnection connection) throws IOException {
    ScriptedProposer proposer = new ScriptedProposer(connection, timeline());
    byte[] one =
        RawConnection.message(
            'd',
            ScriptedProposer.bytes(new ProposerMessage.VoteRequest(1, proposer.greet().term())));
    ByteBuffer many = ByteBuffer.allocate(STUCK_VOTES * one.length);
    while (many.hasRemaining()) {
      many.put(one);
    }
    AtomicLong sent = new AtomicLong();
    Thread.ofPlatform()
        .daemon()
        .name("votes")
        .start(() -> {
          try {
            while (true) {
              connection.send(many.array());
              sent.incrementAndGet();
            }
          } catch (IOException e) {
            System.err.println("votes: " + e.getMessage()); // dropped, as it is to be
          }
        });
    long[] seen = {-1};
    Awaitility.await("nothing can be sent any more")
        .pollInterval(400, TimeUnit.MILLISECONDS)
        .until(() -> {
          long before = seen[0];
          seen[0] = sent.get();
          return seen[0] == before;
        });
    return connection;
  }

  private RawConnection readNothing(String host, int port) throws IOException {
    RawConnection connection = RawConnection.open(host, port, timeline(), SMALL_RECEIVE_BYTES);
    connection.query("START_REPLICATION PHYSICAL " + TestTimeline.START);
    return connection;
  }

  private static RawConnection readAll(RawConnection connection, String options)
      throws IOException {
    connection.copyBoth("START_REPLICATION PHYSICAL " + TestTimeline.START + options);
    long read = TestTimeline.START.value();
    while (true) {
      ByteBuffer message = connection.readCopyData();
      if (message.get() == 'w') {
        read = message.getLong() + message.remaining() - 16;
      } else if (message.getLong() == read) {
        connection.copyData(SteadyStream.standbyStatus(read));
        return connection;
      }
    }
  }
}
