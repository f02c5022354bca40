package dev.argon.bench;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.HostPort;
import dev.argon.pgwire.CopyStream;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgClientSettings;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.StartupOptions;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.ServerIdentity;
import dev.argon.quorum.Term;
import dev.argon.quorum.wire.ProposerCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// A proposer that is elected by one safekeeper and sends it prepared WAL: one thread sends, one
/// takes the answers.
final class PushRun {

  static final ServerIdentity SERVER =
      new ServerIdentity(
          150_000, AppendWal.LAYOUT.systemIdentifier(), AppendWal.LAYOUT.segmentSize());
  static final int GENERATION = 1;

  private static final Term TERM = new Term(1);
  private static final long TIMEOUT_MILLIS = 60_000;
  private static final double SECOND_NANOS = 1e9;

  private final TenantId tenant;
  private final TimelineId timeline;
  private final AppendWal wal;
  private final boolean committing;

  /// One permit for each append that may be under way.
  private final Semaphore inFlight;

  private volatile Lsn flushLsn = AppendWal.START;

  /// @param committing whether appends tell a commit LSN, as a proposer with one safekeeper would
  /// @param inFlightMax appends that are sent before the first of them is acknowledged
  PushRun(
      TenantId tenant, TimelineId timeline, AppendWal wal, boolean committing, int inFlightMax) {
    this.tenant = tenant;
    this.timeline = timeline;
    this.wal = wal;
    this.committing = committing;
    inFlight = new Semaphore(inFlightMax);
  }

  /// @param seconds from the first append sent to the last one acknowledged
  /// @param answers to appends: as many syncs at most
  record Result(double seconds, int answers) {}

  Result run(HostPort safekeeper)
      throws IOException,
          PgErrorException,
          CorruptDataException,
          InterruptedException,
          BenchException {
    String options =
        StartupOptions.format(
            Map.of("tenant_id", tenant.toString(), "timeline_id", timeline.toString()));
    PgClientSettings settings =
        PgClientSettings.of(safekeeper.toSocketAddress(), "argon", "replication")
            .with("options", options)
            .withTimeouts(TIMEOUT_MILLIS, TIMEOUT_MILLIS, TIMEOUT_MILLIS);
    try (PgClient client = PgClient.connect(settings)) {
      CopyStream stream =
          client.copyBoth("START_WAL_PUSH (proto_version '3', allow_timeline_creation 'false')");
      lead(stream);
      FutureTask<Integer> answers = new FutureTask<>(() -> takeAnswers(stream));
      long begin = System.nanoTime();
      // It ends with the connection at the latest.
      Thread.ofPlatform().daemon().name("bench-answers").start(answers);
      sendAll(stream);
      int count = answers.get();
      return new Result((System.nanoTime() - begin) / SECOND_NANOS, count);
    } catch (ExecutionException e) {
      throw new BenchException("the safekeeper's answers: " + e.getCause());
    }
  }

  private void lead(CopyStream stream)
      throws IOException, PgErrorException, CorruptDataException, BenchException {
    send(
        stream,
        new ProposerMessage.Greeting(tenant, timeline, MembershipConfiguration.NONE, SERVER));
    AcceptorMessage _ = receive(stream);
    send(stream, new ProposerMessage.VoteRequest(GENERATION, TERM));
    if (!(receive(stream) instanceof AcceptorMessage.VoteResponse vote) || !vote.granted()) {
      throw new BenchException("the safekeeper has not voted");
    }
    send(
        stream,
        new ProposerMessage.Elected(
            GENERATION, TERM, vote.flushLsn(), vote.history().with(TERM, vote.flushLsn())));
  }

  private void sendAll(CopyStream stream) throws IOException, InterruptedException, BenchException {
    for (int i = 0; i < wal.appends(); i++) {
      if (!inFlight.tryAcquire(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)) {
        throw new BenchException("the safekeeper does not acknowledge append " + i);
      }
      ProposerMessage append =
          new ProposerMessage.Append(
              GENERATION,
              TERM,
              wal.lsnOf(i),
              wal.lsnOf(i + 1),
              committing ? flushLsn : AppendWal.START,
              AppendWal.START);
      stream.writer().copyData(encoded(append), wal.append(i));
    }
  }

  /// @return how many came until all was acknowledged
  private int takeAnswers(CopyStream stream)
      throws IOException, PgErrorException, CorruptDataException, BenchException {
    int answers = 0;
    int acknowledged = 0;
    while (acknowledged < wal.appends()) {
      if (receive(stream) instanceof AcceptorMessage.AppendResponse response) {
        answers++;
        flushLsn = Lsn.max(flushLsn, response.flushLsn());
        int now = wal.acknowledgedBy(flushLsn);
        inFlight.release(now - acknowledged);
        acknowledged = now;
      }
    }
    return answers;
  }

  private static void send(CopyStream stream, ProposerMessage message) throws IOException {
    stream.writer().copyData(encoded(message));
  }

  private static ByteBuffer encoded(ProposerMessage message) {
    ByteBuffer bytes = ByteBuffer.allocate(ProposerCodec.sizeMax(message));
    ProposerCodec.encode(message, bytes);
    return bytes.flip();
  }

  private static AcceptorMessage receive(CopyStream stream)
      throws IOException, PgErrorException, CorruptDataException, BenchException {
    if (!stream.receive()) {
      throw new BenchException("the safekeeper ended the stream: " + stream.end());
    }
    return ProposerCodec.decodeAcceptorMessage(stream.payload());
  }
}
