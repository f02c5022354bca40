package dev.argon.safekeeper;

import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgErrorException;
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

/// A proposer that says to one safekeeper exactly what a test wants.
final class TestProposer implements AutoCloseable {

  static final String COMMAND =
      "START_WAL_PUSH (proto_version '3', allow_timeline_creation 'false')";

  private final PgClient client;
  private final CopyStream stream;

  TestProposer(TestSafekeeper safekeeper) throws IOException, PgErrorException {
    client = safekeeper.connect();
    stream = client.copyBoth(COMMAND);
  }

  static ProposerMessage.Greeting greeting() {
    return new ProposerMessage.Greeting(
        TestSafekeeper.KEY.tenant(),
        TestSafekeeper.KEY.timeline(),
        MembershipConfiguration.NONE,
        TestSafekeeper.SERVER);
  }

  void send(ProposerMessage message, byte... wal) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(ProposerCodec.sizeMax(message));
    ProposerCodec.encode(message, head);
    stream.writer().copyData(head.flip(), ByteBuffer.wrap(wal));
  }

  AcceptorMessage receive() throws IOException, PgErrorException, CorruptDataException {
    if (!stream.receive()) {
      throw new IOException("the safekeeper ended the stream");
    }
    return ProposerCodec.decodeAcceptorMessage(stream.payload());
  }

  AcceptorMessage.Greeting greet() throws Exception {
    send(greeting());
    return (AcceptorMessage.Greeting) receive();
  }

  AcceptorMessage.VoteResponse vote(long term) throws Exception {
    send(new ProposerMessage.VoteRequest(1, new Term(term)));
    return (AcceptorMessage.VoteResponse) receive();
  }

  /// Greets, gets the vote and tells of the election; appends may begin at the answer's flush LSN.
  AcceptorMessage.VoteResponse lead(long term) throws Exception {
    greet();
    AcceptorMessage.VoteResponse vote = vote(term);
    elected(term, vote.flushLsn(), vote.history().with(new Term(term), vote.flushLsn()));
    return vote;
  }

  void elected(long term, Lsn start, TermHistory history) throws IOException {
    send(new ProposerMessage.Elected(1, new Term(term), start, history));
  }

  void sendAppend(long term, Lsn begin, byte[] wal, Lsn commit) throws IOException {
    send(
        new ProposerMessage.Append(
            1, new Term(term), begin, begin.plus(wal.length), commit, Lsn.INVALID),
        wal);
  }

  AcceptorMessage.AppendResponse append(long term, Lsn begin, byte[] wal, Lsn commit)
      throws Exception {
    sendAppend(term, begin, wal, commit);
    return (AcceptorMessage.AppendResponse) receive();
  }

  @Override
  public void close() {
    client.close();
  }
}
