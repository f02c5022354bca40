package dev.argon.pageserver;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.HostPort;
import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgClientSettings;
import dev.argon.pgwire.StartupOptions;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.FramedWal;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalRecordWriter;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.ServerIdentity;
import dev.argon.quorum.Term;
import dev.argon.quorum.wire.ProposerCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/// A proposer that has one safekeeper and counts it as a majority. It writes records that change no
/// page.
final class LoneProposer implements AutoCloseable {

  private static final int SEGMENT_BYTES = 16 << 20;

  /// `pg_control.h`; its content means nothing.
  private static final int XLOG_NOOP = 0x20;

  private final PgClient client;
  private final CopyStream stream;
  private final WalLayout layout;
  private final long term;
  private Lsn end;

  /// Of the record before; of the first one's any lower LSN.
  private long previousLsn;

  private LoneProposer(PgClient client, CopyStream stream, WalLayout layout, long term, Lsn end) {
    this.client = client;
    this.stream = stream;
    this.layout = layout;
    this.term = term;
    this.end = end;
    previousLsn = end.value() - 8;
  }

  static ServerIdentity server(long systemId) {
    return new ServerIdentity(150020, systemId, SEGMENT_BYTES);
  }

  /// Connects and is elected; it writes from the end of the safekeeper's log on.
  static LoneProposer lead(
      HostPort safekeeper, TenantId tenant, TimelineId timeline, long systemId, long term)
      throws Exception {
    Map<String, String> options =
        Map.of("tenant_id", tenant.toString(), "timeline_id", timeline.toString());
    PgClient client =
        PgClient.connect(
            PgClientSettings.of(safekeeper.toSocketAddress(), "test", "replication")
                .with("options", StartupOptions.format(options))
                .withTimeouts(5_000, 10_000, 10_000));
    CopyStream stream =
        client.copyBoth("START_WAL_PUSH (proto_version '3', allow_timeline_creation 'false')");
    WalLayout layout = WalLayout.v15(systemId);
    LoneProposer greeting = new LoneProposer(client, stream, layout, term, Lsn.INVALID);
    greeting.send(
        new ProposerMessage.Greeting(
            tenant, timeline, MembershipConfiguration.NONE, server(systemId)));
    greeting.receive();
    greeting.send(new ProposerMessage.VoteRequest(1, new Term(term)));
    if (!(greeting.receive() instanceof AcceptorMessage.VoteResponse vote) || !vote.granted()) {
      throw new AssertionError("no vote in term " + term);
    }
    greeting.send(
        new ProposerMessage.Elected(
            1,
            new Term(term),
            vote.flushLsn(),
            vote.history().with(new Term(term), vote.flushLsn())));
    return new LoneProposer(client, stream, layout, term, vote.flushLsn());
  }

  /// Appends a record and commits it.
  ///
  /// @return its end
  Lsn write(String text) throws Exception {
    byte[] record =
        WalRecordWriter.record(
            ResourceManager.XLOG, XLOG_NOOP, 0, previousLsn, List.of(), text.getBytes(UTF_8));
    FramedWal framed = WalRecordWriter.frame(record, end.value(), 1, layout);
    Lsn begin = end;
    end = new Lsn(framed.endLsn());
    previousLsn = framed.recordLsn();
    send(
        new ProposerMessage.Append(1, new Term(term), begin, end, end, Lsn.INVALID),
        framed.bytes());
    while (!(receive() instanceof AcceptorMessage.AppendResponse response)
        || response.flushLsn().isBefore(end)) {
      // an answer to an earlier one
    }
    return end;
  }

  private void send(ProposerMessage message, byte... wal) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(ProposerCodec.sizeMax(message));
    ProposerCodec.encode(message, head);
    stream.writer().copyData(head.flip(), ByteBuffer.wrap(wal));
  }

  private AcceptorMessage receive() throws Exception {
    if (!stream.receive()) {
      throw new IOException("the safekeeper ended the stream");
    }
    return ProposerCodec.decodeAcceptorMessage(stream.payload());
  }

  @Override
  public void close() {
    client.close();
  }
}
