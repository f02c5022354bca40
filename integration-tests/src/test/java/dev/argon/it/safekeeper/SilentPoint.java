package dev.argon.it.safekeeper;

import dev.argon.postgres.Lsn;
import java.io.IOException;

/// Where in a conversation with a safekeeper a peer goes silent.
enum SilentPoint {
  /// Connected, and not a byte sent.
  CONNECTED,
  /// Half of a startup packet sent.
  IN_STARTUP,
  /// Logged in, no query sent.
  READY,

  PUSH_BEFORE_GREETING,
  PUSH_AFTER_GREETING,
  PUSH_AFTER_VOTE,
  /// Half of the bytes of an append were sent.
  PUSH_IN_APPEND,
  /// Appends were sent, no answer was read.
  PUSH_ANSWER_UNREAD,
  /// All was answered and read.
  PUSH_IDLE,

  /// The kernel's buffers on both sides are full, and nothing is read.
  READ_WINDOW_FULL,
  /// Everything there is was read and reported.
  READ_IDLE;

  private static final int SMALL_RECEIVE_BYTES = 16 << 10;
  private static final int RECORD_BYTES = 2_000;

  /// The timeline that this conversation is about; nobody else uses it.
  TestTimeline timeline() {
    return TestTimeline.number(100 + ordinal());
  }

  /// Whether a COPY stream is open at this point, so that the safekeeper knows the timeline.
  boolean isInStream() {
    return switch (this) {
      case CONNECTED, IN_STARTUP, READY -> false;
      case PUSH_BEFORE_GREETING,
          PUSH_AFTER_GREETING,
          PUSH_AFTER_VOTE,
          PUSH_IN_APPEND,
          PUSH_ANSWER_UNREAD,
          PUSH_IDLE,
          READ_WINDOW_FULL,
          READ_IDLE ->
          true;
    };
  }

  /// Whether the timeline needs WAL before the conversation begins.
  boolean needsWal() {
    return this == READ_WINDOW_FULL || this == READ_IDLE;
  }

  /// Talks until the point is reached.
  ///
  /// @return the connection, which nobody may close
  RawConnection reach(String host, int port) throws IOException {
    return switch (this) {
      case CONNECTED -> RawConnection.connect(host, port, 0);
      case IN_STARTUP -> inStartup(RawConnection.connect(host, port, 0));
      case READY -> RawConnection.open(host, port, timeline());
      case PUSH_BEFORE_GREETING,
          PUSH_AFTER_GREETING,
          PUSH_AFTER_VOTE,
          PUSH_IN_APPEND,
          PUSH_ANSWER_UNREAD,
          PUSH_IDLE ->
          push(RawConnection.open(host, port, timeline()));
      case READ_WINDOW_FULL -> {
        RawConnection connection = RawConnection.open(host, port, timeline(), SMALL_RECEIVE_BYTES);
        connection.query("START_REPLICATION PHYSICAL " + TestTimeline.START);
        yield connection;
      }
      case READ_IDLE -> readAll(RawConnection.open(host, port, timeline()));
    };
  }

  private static RawConnection inStartup(RawConnection connection) throws IOException {
    byte[] packet = RawConnection.startupPacket(java.util.Map.of("user", "test"));
    connection.send(java.util.Arrays.copyOf(packet, packet.length / 2));
    return connection;
  }

  private RawConnection push(RawConnection connection) throws IOException {
    ScriptedProposer proposer = new ScriptedProposer(connection, timeline());
    if (this == PUSH_BEFORE_GREETING) {
      return connection;
    }
    if (this == PUSH_AFTER_GREETING) {
      proposer.greet();
      return connection;
    }
    GeneratedWal wal = new GeneratedWal(proposer.lead());
    if (this == PUSH_AFTER_VOTE) {
      return connection;
    }
    proposer.write(wal, 3, RECORD_BYTES);
    if (this == PUSH_IN_APPEND) {
      Lsn begin = wal.end();
      byte[] bytes = wal.next(RECORD_BYTES);
      byte[] append = ScriptedProposer.bytes(proposer.append(begin, bytes.length, begin), bytes);
      byte[] message = RawConnection.message('d', append);
      connection.send(java.util.Arrays.copyOf(message, message.length / 2));
    } else if (this == PUSH_ANSWER_UNREAD) {
      for (int i = 0; i < 20; i++) {
        Lsn begin = wal.end();
        proposer.sendAppend(begin, wal.next(RECORD_BYTES), begin);
      }
    }
    return connection;
  }

  private static RawConnection readAll(RawConnection connection) throws IOException {
    connection.copyBoth("START_REPLICATION PHYSICAL " + TestTimeline.START);
    long read = TestTimeline.START.value();
    while (true) {
      var message = connection.readCopyData();
      if (message.get() == 'w') {
        read = message.getLong() + message.remaining() - 16;
      } else if (message.getLong() == read) {
        connection.copyData(SteadyStream.standbyStatus(read));
        return connection;
      }
    }
  }
}
