package dev.argon.compute.proposer;

import dev.argon.node.HostPort;
import dev.argon.pgwire.PgClient;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.ProtocolException;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.FramedWal;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.Election;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.PageserverFeedback;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.ProposerOutput;
import dev.argon.quorum.ProposerState;
import dev.argon.quorum.Recovery;
import dev.argon.quorum.SafekeeperAddress;
import dev.argon.quorum.Term;
import dev.argon.quorum.wire.ProposerCodec;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/// The proposer's thread: drives the [ProposerState] with what comes over the connections, and
/// carries out what it asks for.
///
/// A commit's way through it: the walsender's bytes are read and copied once, into the ring; an
/// append header and a slice of the ring go to each safekeeper that is ready to take more; the
/// second answer moves the commit LSN, and in the same turn PostgreSQL is told. A new commit LSN is
/// told to the safekeepers with the next append, or if none comes for [#ANNOUNCE_NANOS]. [Turns]
/// says who gets WAL later.
///
/// Everything here belongs to the loop's thread but the inbox and the board.
final class ProposerLoop {

  private static final Logger LOG = System.getLogger(ProposerLoop.class.getName());

  /// A second of WAL at 16 MB/s; older WAL is read back from `pg_wal`.
  private static final int RING_BYTES = 16 << 20;

  private static final int SAFEKEEPER_RECEIVE_BYTES = 64 << 10;
  private static final int APPEND_BYTES_MAX = ProposerMessage.Append.BYTES_MAX;

  private static final long TICK_MILLIS = 200;
  private static final long ANNOUNCE_NANOS = TimeUnit.MILLISECONDS.toNanos(4);
  private static final long ANNOUNCE_WAIT_MILLIS = 2;
  private static final long HEARTBEAT_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long RECONNECT_NANOS = TimeUnit.MILLISECONDS.toNanos(300);
  private static final long FAREWELL_NANOS = TimeUnit.MILLISECONDS.toNanos(1000);

  private final SafekeeperConnections connections;
  private final CommitBoard board;
  private final LongSupplier nanoClock;
  private final Consumer<WalProposer.End> onEnd;
  private final Selector selector;
  private final ProposerState state;
  private final SafekeeperLinks links;
  private final Turns turns;
  private final Standby standby;
  private final PageserverNews pageserverNews = new PageserverNews();

  /// What other threads want done by this one.
  private final Queue<Runnable> inbox = new ConcurrentLinkedQueue<>();

  private volatile boolean closing;
  private Optional<WalRing> ring = Optional.empty();
  private Optional<LocalWal> localWal = Optional.empty();

  private LongConsumer committedListener = lsn -> {};

  private boolean ended;
  private long announceAtNanos;
  private boolean announcePending;
  private long heartbeatAtNanos;

  ProposerLoop(
      ProposerConfiguration configuration,
      CommitBoard board,
      Clock clock,
      LongSupplier nanoClock,
      Consumer<WalProposer.End> onEnd)
      throws IOException {
    this.board = board;
    this.nanoClock = nanoClock;
    this.onEnd = onEnd;
    connections = new SafekeeperConnections(configuration);
    selector = Selector.open();
    state = new ProposerState(configuration.settings());
    links = new SafekeeperLinks(configuration.safekeepers());
    turns = new Turns(state, links);
    standby = new Standby(new StandbyOwner(), board, clock, selector);
  }

  // For other threads.

  List<SafekeeperLink> safekeepers() {
    return links.present();
  }

  void append(FramedWal wal) {
    submit(() -> appendOwn(wal));
  }

  void streamFrom(PostgresStream stream) {
    submit(() -> {
      localWal = Optional.of(new LocalWal(stream.walDirectory(), stream.layout()));
      standby.follow(stream);
    });
  }

  void membership(MembershipConfiguration told) {
    submit(() -> perform(state.membership(told)));
  }

  void tell(LongConsumer onCommitted, Consumer<PageserverFeedback> onPageserver) {
    submit(() -> {
      committedListener = onCommitted;
      pageserverNews.tell(onPageserver);
      onCommitted.accept(board.commitLsn());
    });
  }

  void close() {
    closing = true;
    selector.wakeup();
  }

  private void submit(Runnable task) {
    inbox.add(task);
    selector.wakeup();
  }

  // The loop.

  void run() {
    WalProposer.End how = new WalProposer.End.Closed();
    try {
      heartbeatAtNanos = nanoClock.getAsLong() + HEARTBEAT_NANOS;
      links.present().forEach(this::connect);
      while (!closing && !ended) {
        turn(announcePending ? ANNOUNCE_WAIT_MILLIS : TICK_MILLIS);
      }
      if (!ended) {
        farewell();
      }
    } catch (IOException | RuntimeException e) {
      ended = true;
      how = new WalProposer.End.Failed(e);
    }
    board.ended(how);
    closeAll();
    if (how instanceof WalProposer.End.Failed) {
      onEnd.accept(how);
    }
  }

  private void turn(long waitMillis) throws IOException {
    selector.select(this::ready, waitMillis);
    for (Runnable task = inbox.poll(); task != null && !ended; task = inbox.poll()) {
      task.run();
    }
    standby.reportIfDue();
    tick();
  }

  private void tick() {
    long now = nanoClock.getAsLong();
    if (announcePending && now - announceAtNanos >= 0) {
      announcePending = false;
      links.present().forEach(safekeeper -> announce(safekeeper, now));
    }
    if (now - heartbeatAtNanos >= 0) {
      heartbeatAtNanos = now + HEARTBEAT_NANOS;
      perform(state.heartbeat());
      links.present().forEach(this::pumpAll);
      standby.needs(links.standbyNeeds());
      standby.report();
    }
    for (SafekeeperLink safekeeper : links.present()) {
      boolean offline = safekeeper.stream.isEmpty() && !safekeeper.connecting;
      if (offline && now - safekeeper.reconnectAtNanos >= 0) {
        connect(safekeeper);
      }
    }
  }

  private void ready(SelectionKey key) {
    switch (key.attachment()) {
      case SafekeeperLink safekeeper -> readySafekeeper(safekeeper, key);
      case Standby.Connection _ -> standby.ready(key);
      case null, default -> throw new IllegalStateException("a key of nobody");
    }
  }

  /// Who has got WAL a moment ago hears of commits with the next.
  private void announce(SafekeeperLink safekeeper, long now) {
    boolean hasAll = ring.isPresent() && safekeeper.sentLsn == ring.get().endLsn();
    if (hasAll && now - safekeeper.walSentAtNanos < ANNOUNCE_NANOS) {
      announceSoon();
    } else {
      pumpAll(safekeeper);
    }
  }

  // Safekeepers.

  private void connect(SafekeeperLink safekeeper) {
    safekeeper.connecting = true;
    // Not virtual: all do at once what no thread of a new JVM has done before, and a virtual thread
    // that waits for another to initialize a class keeps its carrier, of which there are few.
    Thread.ofPlatform()
        .daemon()
        .name("connect-safekeeper-" + safekeeper.index)
        .start(() -> {
          try {
            PgClient.Detached connection = connections.forPush(safekeeper.address);
            submit(() -> connected(safekeeper, connection));
          } catch (IOException | PgErrorException | RuntimeException e) {
            submit(() -> lost(safekeeper, String.valueOf(e.getMessage())));
          }
        });
  }

  private void connected(SafekeeperLink safekeeper, PgClient.Detached connection) {
    if (safekeeper.left) {
      closeQuietly(connection.channel());
      return;
    }
    try {
      safekeeper.connecting = false;
      safekeeper.stream =
          Optional.of(new StreamLink(connection, selector, safekeeper, SAFEKEEPER_RECEIVE_BYTES));
      safekeeper.trouble = "";
      perform(state.connected(safekeeper.index));
      pump(safekeeper, true);
    } catch (IOException e) {
      lost(safekeeper, String.valueOf(e.getMessage()));
    }
  }

  private void lost(SafekeeperLink safekeeper, String why) {
    if (safekeeper.left) {
      return;
    }
    if (safekeeper.trouble.isEmpty() && !closing) {
      LOG.log(Level.WARNING, "{0} is lost: {1}", safekeeper, why);
    }
    safekeeper.stream.ifPresent(ProposerLoop::closeQuietly);
    safekeeper.lost(why, nanoClock.getAsLong() + RECONNECT_NANOS);
    perform(state.disconnected(safekeeper.index));
  }

  private void readySafekeeper(SafekeeperLink safekeeper, SelectionKey key) {
    if (safekeeper.stream.isEmpty()) {
      return;
    }
    StreamLink stream = safekeeper.stream.get();
    try {
      if (key.isReadable()) {
        stream.receive(payload -> answered(safekeeper, decode(payload)));
        if (stream.hasEnded()) {
          throw new ProtocolException("it ended the stream");
        }
      }
      if (key.isValid() && key.isWritable()) {
        stream.flush();
      }
      pump(safekeeper, false);
    } catch (IOException e) {
      lost(safekeeper, String.valueOf(e.getMessage()));
    }
  }

  private void answered(SafekeeperLink safekeeper, AcceptorMessage message) {
    if (message instanceof AcceptorMessage.AppendResponse response) {
      response.pageserver().ifPresent(pageserverNews::heard);
      safekeeper.standbys = response.hotStandby();
    }
    perform(state.received(safekeeper.index, message));
  }

  private static AcceptorMessage decode(ByteBuffer payload) throws ProtocolException {
    try {
      return ProposerCodec.decodeAcceptorMessage(payload);
    } catch (CorruptDataException e) {
      throw new ProtocolException(String.valueOf(e.getMessage()));
    }
  }

  private void perform(List<ProposerOutput> outputs) {
    for (ProposerOutput output : outputs) {
      switch (output) {
        case ProposerOutput.Send(int acceptor, ProposerMessage message) -> {
          SafekeeperLink safekeeper = links.of(acceptor);
          safekeeper.queue.add(message);
          submitPump(safekeeper);
        }
        case ProposerOutput.AppendReady _ -> announceSoon();
        case ProposerOutput.Disconnect(int acceptor, String reason) ->
            lost(links.of(acceptor), reason);
        case ProposerOutput.Joined(int acceptor, SafekeeperAddress address) ->
            joined(acceptor, new HostPort(address.host(), address.port()));
        case ProposerOutput.Left(int acceptor, String reason) -> left(links.of(acceptor), reason);
        case ProposerOutput.Won(Election election) -> won(election);
        case ProposerOutput.Committed(Lsn lsn) -> committed(lsn);
        case ProposerOutput.Fenced(Term term, String reason) ->
            stop(
                new WalProposer.End.Fenced(
                    reason + " (term " + term + ", ours was " + state.term() + ")"));
        case ProposerOutput.Stranded(String reason) -> stop(new WalProposer.End.Stranded(reason));
      }
    }
  }

  private void joined(int acceptor, HostPort address) {
    SafekeeperLink safekeeper = links.add(address);
    if (safekeeper.index != acceptor) {
      throw new IllegalStateException(safekeeper + " joins as number " + acceptor);
    }
    LOG.log(Level.INFO, "{0} joins", safekeeper);
    connect(safekeeper);
  }

  private void left(SafekeeperLink safekeeper, String reason) {
    LOG.log(Level.INFO, "{0} leaves: {1}", safekeeper, reason);
    safekeeper.stream.ifPresent(ProposerLoop::closeQuietly);
    safekeeper.lost(reason, 0);
    links.remove(safekeeper);
  }

  /// Control messages are few: they need not be sent from within the handler that caused them.
  private void submitPump(SafekeeperLink safekeeper) {
    inbox.add(() -> pumpAll(safekeeper));
  }

  private void announceSoon() {
    if (!announcePending) {
      announcePending = true;
      // Before PostgreSQL runs each step of the start waits for the answer.
      announceAtNanos = nanoClock.getAsLong() + (standby.isStreaming() ? ANNOUNCE_NANOS : 0);
    }
  }

  private void won(Election election) {
    long start = election.startLsn().value();
    LOG.log(
        Level.INFO,
        "elected in term {0}, the log ends at {1}",
        election.term(),
        election.startLsn());
    ring = Optional.of(new WalRing(RING_BYTES, start));
    standby.begin(start);
    board.elected(new ElectedLog(election.term().value(), election.startLsn()));
    inbox.add(() -> perform(state.localWal(election.startLsn(), election.startLsn())));
  }

  private void committed(Lsn lsn) {
    board.committed(lsn.value(), nanoClock.getAsLong());
    committedListener.accept(lsn.value());
    standby.reportSoon();
  }

  private void stop(WalProposer.End end) {
    ended = true;
    board.ended(end);
    standby.close();
    onEnd.accept(end);
  }

  // Sending.

  private void pumpAll(SafekeeperLink safekeeper) {
    pumpOrLose(safekeeper, true);
  }

  private void pumpWal(SafekeeperLink safekeeper) {
    pumpOrLose(safekeeper, false);
  }

  private void pumpOrLose(SafekeeperLink safekeeper, boolean all) {
    try {
      pump(safekeeper, all);
    } catch (IOException e) {
      lost(safekeeper, String.valueOf(e.getMessage()));
    }
  }

  /// Sends a safekeeper what there is for it, until its socket takes no more.
  ///
  /// @param all also what is no WAL, and WAL whose turn it is not; as soon as the socket takes it
  private void pump(SafekeeperLink safekeeper, boolean all) throws IOException {
    safekeeper.owesAll |= all;
    while (!ended && safekeeper.stream.isPresent() && !safekeeper.isSending()) {
      StreamLink stream = safekeeper.stream.get();
      ProposerMessage message = safekeeper.queue.poll();
      if (message != null) {
        ProposerCodec.encode(message, stream.begin(ProposerCodec.sizeMax(message)));
        stream.send();
        continue;
      }
      if (ring.isEmpty()
          || (!safekeeper.owesAll && !turns.isDue(safekeeper, ring.get().endLsn()))) {
        return;
      }
      if (feed(safekeeper, stream)) {
        continue;
      }
      Optional<ProposerMessage.Append> append =
          state.nextAppend(safekeeper.index, APPEND_BYTES_MAX);
      if (append.isEmpty()) {
        safekeeper.owesAll = false;
        recover(safekeeper);
        return;
      }
      send(safekeeper, stream, append.get());
    }
  }

  private void send(SafekeeperLink safekeeper, StreamLink stream, ProposerMessage.Append append)
      throws IOException {
    long from = append.beginLsn().value();
    long to = append.endLsn().value();
    WalRing wal = ring.orElseThrow();
    ProposerCodec.encode(append, stream.begin());
    safekeeper.sentLsn = to;
    safekeeper.sendingFromLsn = from;
    if (from == to) {
      stream.send();
      return;
    }
    safekeeper.walSentAtNanos = nanoClock.getAsLong();
    if (wal.contains(from, to)) {
      stream.send(wal, from, to);
    } else {
      LocalWal old = localWal.orElseThrow(() -> new IOException("no server's WAL is at hand"));
      stream.send(safekeeper.oldWal(old, from, to));
    }
  }

  /// Passes on WAL that another safekeeper has given for this one.
  ///
  /// @return whether a message was sent
  private boolean feed(SafekeeperLink safekeeper, StreamLink stream) throws IOException {
    if (safekeeper.feed.isEmpty()) {
      return false;
    }
    RecoveryFeed feed = safekeeper.feed.get();
    Optional<RecoveryFeed.Piece> piece = feed.poll();
    if (piece.isEmpty()) {
      if (feed.hasEnded()) {
        if (!feed.failure().isEmpty()) {
          LOG.log(Level.WARNING, "{0} cannot be brought up: {1}", safekeeper, feed.failure());
        }
        safekeeper.feed = Optional.empty();
      }
      return false;
    }
    Lsn begin = new Lsn(piece.get().lsn());
    Lsn end = begin.plus(piece.get().wal().length);
    Optional<ProposerMessage.Append> append = state.recoveredAppend(safekeeper.index, begin, end);
    if (append.isEmpty()) {
      feed.cancel();
      safekeeper.feed = Optional.empty();
      return false;
    }
    ProposerCodec.encode(append.get(), stream.begin());
    safekeeper.sentLsn = end.value();
    stream.send(ByteBuffer.wrap(piece.get().wal()));
    return true;
  }

  private void recover(SafekeeperLink safekeeper) {
    if (safekeeper.feed.isPresent()) {
      return;
    }
    Optional<Recovery> recovery = state.recovery(safekeeper.index);
    if (recovery.isPresent()) {
      Recovery work = recovery.get();
      HostPort donor = links.of(work.donor()).address;
      LOG.log(
          Level.INFO,
          "{0} lacks {1} to {2}: reading it from {3}",
          safekeeper,
          work.fromLsn(),
          work.toLsn(),
          donor);
      safekeeper.feed =
          Optional.of(
              RecoveryFeed.start(
                  () -> connections.forRecovery(donor),
                  work,
                  () -> submit(() -> pumpAll(safekeeper))));
    }
  }

  // WAL.

  private void appendOwn(FramedWal wal) {
    if (wal.startLsn() != ring.orElseThrow().endLsn()) {
      throw new IllegalStateException("own WAL does not continue the log");
    }
    take(ByteBuffer.wrap(wal.bytes()));
    walArrived();
  }

  private void take(ByteBuffer wal) {
    WalRing target = ring.orElseThrow();
    long survives = target.willOverwriteBelow(wal.remaining());
    for (SafekeeperLink safekeeper : links.present()) {
      if (safekeeper.sendingFromLsn < survives && safekeeper.stream.isPresent()) {
        safekeeper.stream.get().keepUnsent();
        safekeeper.sendingFromLsn = Long.MAX_VALUE;
      }
    }
    target.append(wal);
  }

  private void walArrived() {
    WalRing target = ring.orElseThrow();
    board.received(target.endLsn(), nanoClock.getAsLong());
    // Below what PostgreSQL was told it may have removed its WAL; below its first position there is
    // none of its own.
    long start = Math.min(target.startLsn(), standby.reportedLsn());
    perform(state.localWal(new Lsn(start), new Lsn(target.endLsn())));
    links.present().forEach(this::pumpWal);
  }

  // The end.

  /// The safekeepers hear of the last commit before the connections end.
  private void farewell() throws IOException {
    long until = nanoClock.getAsLong() + FAREWELL_NANOS;
    links.present().forEach(this::pumpAll);
    while (nanoClock.getAsLong() - until < 0
        && links.present().stream().anyMatch(SafekeeperLink::isSending)) {
      turn(ANNOUNCE_WAIT_MILLIS);
    }
  }

  private void closeAll() {
    standby.close();
    board.streaming(false);
    for (SafekeeperLink safekeeper : links.present()) {
      safekeeper.feed.ifPresent(RecoveryFeed::cancel);
      safekeeper.stream.ifPresent(ProposerLoop::closeQuietly);
    }
    localWal.ifPresent(ProposerLoop::closeQuietly);
    closeQuietly(selector);
  }

  /// What the standby needs of the loop.
  private final class StandbyOwner implements Standby.Owner {

    @Override
    public void submit(Runnable task) {
      ProposerLoop.this.submit(task);
    }

    @Override
    public boolean isOver() {
      return closing || ended;
    }

    @Override
    public long walEndLsn() {
      return ring.orElseThrow().endLsn();
    }

    @Override
    public void take(ByteBuffer wal) {
      ProposerLoop.this.take(wal);
    }

    @Override
    public void walArrived() {
      ProposerLoop.this.walArrived();
    }
  }

  static void closeQuietly(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      LOG.log(Level.DEBUG, "closing a connection", e);
    }
  }
}
