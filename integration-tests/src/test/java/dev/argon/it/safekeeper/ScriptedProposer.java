package dev.argon.it.safekeeper;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.Term;
import dev.argon.quorum.TermHistory;
import dev.argon.quorum.wire.ProposerCodec;
import java.io.IOException;
import java.nio.ByteBuffer;

/// A proposer that says to one safekeeper what a test wants. Everything it appends is committed at
/// once, as if the others had it.
final class ScriptedProposer implements AutoCloseable {

  static final String START = "START_WAL_PUSH (proto_version '3', allow_timeline_creation 'false')";

  private final RawConnection connection;
  private final TestTimeline timeline;
  private int generation = 1;
  private Term term = new Term(0);

  ScriptedProposer(RawConnection connection, TestTimeline timeline) throws IOException {
    this.connection = connection;
    this.timeline = timeline;
    connection.copyBoth(START);
  }

  RawConnection connection() {
    return connection;
  }

  static byte[] bytes(ProposerMessage message, byte... wal) {
    ByteBuffer buffer = ByteBuffer.allocate(ProposerCodec.sizeMax(message) + wal.length);
    ProposerCodec.encode(message, buffer);
    buffer.put(wal).flip();
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  static ProposerMessage.Greeting greeting(TestTimeline timeline) {
    return new ProposerMessage.Greeting(
        timeline.tenant(), timeline.timeline(), MembershipConfiguration.NONE, TestTimeline.SERVER);
  }

  void send(ProposerMessage message, byte... wal) throws IOException {
    connection.copyData(bytes(message, wal));
  }

  AcceptorMessage receive() throws IOException {
    try {
      return ProposerCodec.decodeAcceptorMessage(connection.readCopyData());
    } catch (CorruptDataException e) {
      throw new IOException("an answer that is none", e);
    }
  }

  /// Greets, and takes over the term and the generation that the safekeeper has.
  AcceptorMessage.Greeting greet() throws IOException {
    send(greeting(timeline));
    AcceptorMessage.Greeting answer = (AcceptorMessage.Greeting) receive();
    term = answer.term();
    generation = answer.membership().generation();
    return answer;
  }

  /// Greets and gets the vote of the next term.
  AcceptorMessage.VoteResponse vote() throws IOException {
    greet();
    term = term.next();
    send(new ProposerMessage.VoteRequest(generation, term));
    AcceptorMessage.VoteResponse vote = (AcceptorMessage.VoteResponse) receive();
    if (!vote.granted()) {
      throw new IOException("no vote: " + vote);
    }
    return vote;
  }

  /// Greets, gets the vote of the next term and tells of the election.
  ///
  /// @return where appends begin
  Lsn lead() throws IOException {
    AcceptorMessage.VoteResponse vote = vote();
    TermHistory history = vote.history().with(term, vote.flushLsn());
    send(new ProposerMessage.Elected(generation, term, vote.flushLsn(), history));
    return vote.flushLsn();
  }

  /// Tells of an election of its term, which begins at `start` behind this history.
  void elected(Lsn start, TermHistory before) throws IOException {
    send(new ProposerMessage.Elected(generation, term, start, before.with(term, start)));
  }

  /// The message that appends `wal` at `begin` and says that all before it is committed.
  ProposerMessage.Append append(Lsn begin, int walBytes, Lsn commit) {
    return new ProposerMessage.Append(
        generation, term, begin, begin.plus(walBytes), commit, Lsn.INVALID);
  }

  void sendAppend(Lsn begin, byte[] wal, Lsn commit) throws IOException {
    send(append(begin, wal.length, commit), wal);
  }

  /// Waits until the safekeeper says that its log is durable up to `lsn`.
  void awaitFlushed(Lsn lsn) throws IOException {
    while (((AcceptorMessage.AppendResponse) receive()).flushLsn().isBefore(lsn)) {
      // an answer to an earlier append
    }
  }

  /// Appends so many records and waits until they are durable and committed.
  void write(GeneratedWal wal, int records, int payloadBytes) throws IOException {
    for (int i = 0; i < records; i++) {
      Lsn begin = wal.end();
      sendAppend(begin, wal.next(payloadBytes), begin);
    }
    awaitFlushed(wal.end());
    heartbeat(wal.end());
    awaitFlushed(wal.end());
  }

  /// A sign of life that tells the commit LSN.
  void heartbeat(Lsn end) throws IOException {
    sendAppend(end, new byte[0], end);
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}
