package dev.argon.safekeeper.timeline;

import dev.argon.identity.NodeId;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.PostgresVersion;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.postgres.wal.WalStreamDecoder;
import dev.argon.quorum.AcceptorEffect;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.AcceptorState;
import dev.argon.quorum.ControlState;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.ServerIdentity;
import dev.argon.quorum.Term;
import dev.argon.safekeeper.TimelineKey;
import dev.argon.safekeeper.control.ArchiveState;
import dev.argon.safekeeper.control.ControlContent;
import dev.argon.safekeeper.control.ControlFile;
import dev.argon.safekeeper.failpoint.Failpoint;
import dev.argon.safekeeper.wal.Durable;
import dev.argon.safekeeper.wal.SyncFailedException;
import dev.argon.safekeeper.wal.WalScan;
import dev.argon.safekeeper.wal.WalStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// One timeline: drives its [AcceptorState] with real files. Called from the threads of push
/// connections and from the housekeeper; never from threads that may be interrupted.
///
/// Bytes are checked before they are written: what is no valid WAL is refused, and the end of the
/// log is always known as the end of a record.
public final class Timeline implements AutoCloseable {

  private static final String DISK_FULL = "53100";
  private static final String REFUSED = "55000";
  private static final String CORRUPT = "XX001";

  private final NodeId node;
  private final TimelineKey key;
  private final ControlFile controlFile;
  private final WalStore wal;
  private final WalLayout layout;
  private final DiskSpace space;
  private final FailStop failStop;
  private final Progress progress;
  private final TimelineObserver observer;
  private final WalUsers users;
  private final Readers readers;

  /// Guards all below, and is held during the writes and syncs it orders: that is its purpose.
  private final ReentrantLock lock = new ReentrantLock();

  private AcceptorState state;

  /// What is in the control file.
  private ControlState persisted;

  /// What stands in the control file beside the consensus.
  private ArchiveState archive;

  /// For appends; absent as long as there are none, so that an idle timeline costs little.
  private @Nullable Appending appending;

  private boolean closed;

  /// @param decoder stands at the end of the log; has the beginning of a record that is not whole
  /// @param scratch the decoder reads arrays, the socket gives direct buffers
  @SuppressWarnings("ArrayRecordComponent") // a buffer, compared nowhere
  private record Appending(WalStreamDecoder decoder, byte[] scratch) {}

  private Timeline(
      ControlContent content, Lsn flushLsn, ControlFile controlFile, WalStore wal, Parts parts) {
    node = content.node();
    key = content.key();
    this.controlFile = controlFile;
    this.wal = wal;
    layout = wal.layout();
    space = parts.space();
    failStop = parts.failStop();
    observer = parts.observer();
    users = new WalUsers(() -> parts.restorer().restore(this), () -> observer.changed(this));
    readers = new Readers(() -> observer.changed(this));
    persisted = content.state();
    archive = content.archive();
    state = AcceptorState.restored(node, key.tenant(), key.timeline(), content.state(), flushLsn);
    progress = new Progress(position(state));
  }

  /// What all timelines share.
  public record Parts(
      DiskSpace space, FailStop failStop, TimelineObserver observer, Restorer restorer) {}

  /// Brings evicted WAL back from the object store.
  @FunctionalInterface
  public interface Restorer {

    /// Does nothing if the WAL is here. Called while nobody uses the timeline.
    void restore(Timeline timeline) throws IOException;
  }

  /// Opens a timeline from its directory: finds the end of its log, cuts off a torn end, and makes
  /// durable what is there.
  ///
  /// @throws CorruptDataException if the control file or WAL that was durable is damaged
  public static Timeline open(
      ControlContent content, ControlFile controlFile, java.nio.file.Path directory, Parts parts)
      throws IOException, CorruptDataException {
    WalStore wal = new WalStore(controlFile.disk(), directory, layoutOf(content.state().server()));
    ControlState control = content.state();
    Optional<Lsn> evictedLsn = content.archive().evictedLsn();
    boolean isUnused = control.flushLsn().equals(control.timelineStartLsn());
    if (evictedLsn.isPresent() || (isUnused && wal.segments().isEmpty())) {
      // Killed at the wrong moment the process before has left the control file's name in the
      // kernel's cache only, and we are going to answer with what is in it.
      wal.disk().syncDirectory(directory);
      return new Timeline(content, evictedLsn.orElse(control.flushLsn()), controlFile, wal, parts);
    }
    Lsn end = WalScan.findEnd(wal, content.state());
    wal.truncate(end);
    wal.syncFrom(content.state().flushLsn());
    return new Timeline(content, end, controlFile, wal, parts);
  }

  /// @throws CorruptDataException if the version or segment size is none we know
  public static WalLayout layoutOf(ServerIdentity server) throws CorruptDataException {
    for (PostgresVersion version : PostgresVersion.values()) {
      if (version.major() == server.pgVersion() / 10_000) {
        try {
          return new WalLayout(version, server.walSegmentBytes(), server.systemId());
        } catch (IllegalArgumentException e) {
          throw new CorruptDataException(String.valueOf(e.getMessage()), e);
        }
      }
    }
    throw new CorruptDataException("PostgreSQL version " + server.pgVersion() + " is not known");
  }

  public TimelineKey key() {
    return key;
  }

  public WalStore wal() {
    return wal;
  }

  public Progress progress() {
    return progress;
  }

  /// Who uses the WAL now. To be entered before it is read or written.
  public WalUsers users() {
    return users;
  }

  public Readers readers() {
    return readers;
  }

  /// The state of this moment.
  public AcceptorState state() {
    lock.lock();
    try {
      return state;
    } finally {
      lock.unlock();
    }
  }

  /// What stands in the control file at this moment.
  public ControlState persisted() {
    lock.lock();
    try {
      return persisted;
    } finally {
      lock.unlock();
    }
  }

  /// What is archived beside whole segments, and whether the WAL is here.
  public ArchiveState archive() {
    lock.lock();
    try {
      return archive;
    } finally {
      lock.unlock();
    }
  }

  /// Changes what the control file says of the archive, durably.
  public void changeArchive(UnaryOperator<ArchiveState> change) throws IOException {
    lock.lock();
    try {
      if (closed) {
        throw new IOException("timeline " + key + " is being closed");
      }
      ArchiveState changed = change.apply(archive);
      if (!changed.equals(archive)) {
        archive = changed;
        AcceptorState.Step step = state.checkpoint();
        persist(step.next().control());
        state = step.next();
      }
    } catch (SyncFailedException e) {
      failStop.stop("cannot write the control file of timeline " + key, e);
      throw e;
    } finally {
      lock.unlock();
    }
  }

  /// Gives up buffers and open files, as nobody has appended for a while.
  public void rest() throws IOException {
    lock.lock();
    try {
      if (!closed && !state.hasUnflushed() && state.writeLsn().equals(state.recordEndLsn())) {
        appending = null;
        wal.close();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Takes a proposer's message.
  ///
  /// @param bytes the WAL of an append, else not looked at
  /// @param replies gets the answers that are due at once; those to appends come from [#flush].
  ///   What readers have reported is not in them
  /// @throws RefusedException if the connection is to be ended with this reason
  public void handle(ProposerMessage message, ByteBuffer bytes, List<AcceptorMessage> replies)
      throws RefusedException {
    lock.lock();
    try {
      requireOpen();
      AcceptorState.Step step = state.on(message);
      if (writesWal(step)) {
        append(step, bytes);
      } else {
        run(step, replies);
        reach(message, step);
        if (message instanceof ProposerMessage.Elected elected
            && state.acceptingTerm().equals(Optional.of(elected.term()))) {
          appending = null; // what is appended next begins at a record's start
        }
      }
    } catch (IOException e) {
      throw failed(e);
    } finally {
      lock.unlock();
    }
  }

  /// What `message` asked for is on disk, and the proposer does not know it.
  private static void reach(ProposerMessage message, AcceptorState.Step step) {
    if (step.effects().stream().noneMatch(AcceptorEffect.PersistControl.class::isInstance)) {
      return;
    }
    switch (message) {
      case ProposerMessage.Greeting _ -> Failpoint.MEMBERSHIP_REPLY_BEFORE.hit();
      case ProposerMessage.VoteRequest _ -> Failpoint.VOTE_REPLY_BEFORE.hit();
      case ProposerMessage.Elected _ -> Failpoint.HISTORY_AFTER.hit();
      case ProposerMessage.Append _ -> {} // its answer comes from flush
    }
  }

  private static boolean writesWal(AcceptorState.Step step) {
    return step.effects().size() == 1
        && step.effects().getFirst() instanceof AcceptorEffect.WriteWal;
  }

  private void append(AcceptorState.Step step, ByteBuffer bytes)
      throws IOException, RefusedException {
    if (!space.shortage().isEmpty()) {
      throw new RefusedException(DISK_FULL, space.shortage());
    }
    int count = bytes.remaining();
    Appending current = appending();
    bytes.get(bytes.position(), current.scratch, 0, count);
    try {
      current.decoder.feed(current.scratch, 0, count);
      current.decoder.skipToBoundary();
    } catch (CorruptDataException e) {
      state = state.abandon();
      throw new RefusedException(CORRUPT, "the appended WAL is not valid: " + e.getMessage(), e);
    }
    try {
      wal.write(state.writeLsn(), bytes);
    } catch (IOException e) {
      state = state.abandon();
      if (!Durable.isNoSpace(e)) {
        throw e;
      }
      space.noteFull();
      throw new RefusedException(DISK_FULL, space.shortage(), e);
    }
    state = step.next().written(new Lsn(current.decoder.boundaryLsn()));
    observer.appended(count);
  }

  private Appending appending() {
    Appending current = appending;
    if (current == null) {
      WalStreamDecoder decoder =
          WalStreamDecoder.startingAt(state.writeLsn().value(), layout).checkingPrev(false);
      current = new Appending(decoder, new byte[ProposerMessage.Append.BYTES_MAX]);
      appending = current;
    }
    return current;
  }

  /// Makes all that was appended durable, and gives the answer for it.
  public void flush(List<AcceptorMessage> replies) throws RefusedException {
    lock.lock();
    try {
      requireOpen();
      run(state.flush(), replies);
      Failpoint.APPEND_REPLY_BEFORE.hit();
    } catch (IOException e) {
      throw failed(e);
    } finally {
      lock.unlock();
    }
  }

  private void run(AcceptorState.Step step, List<AcceptorMessage> replies)
      throws IOException, RefusedException {
    for (AcceptorEffect effect : step.effects()) {
      switch (effect) {
        case AcceptorEffect.Flush() -> flushWal();
        case AcceptorEffect.PersistControl(ControlState control) -> persist(control);
        case AcceptorEffect.TruncateWal(Lsn end) -> {
          // Readers of uncommitted WAL must see the new term before the bytes change under them.
          progress.publish(
              new Progress.Position(
                  step.next().term(), step.next().control().history(), end, state.commitLsn()));
          wal.truncate(end);
          Failpoint.HISTORY_BEFORE.hit();
        }
        case AcceptorEffect.Reply(AcceptorMessage message) -> replies.add(message);
        case AcceptorEffect.Refuse(String reason) -> throw new RefusedException(REFUSED, reason);
        case AcceptorEffect.WriteWal _ -> throw new IllegalStateException("WAL without bytes");
      }
    }
    boolean isOtherMembership =
        !step.next().control().membership().equals(state.control().membership());
    state = step.next();
    publish();
    if (isOtherMembership) {
      observer.changed(this);
    }
  }

  private void flushWal() throws IOException {
    long started = System.nanoTime();
    wal.flush();
    observer.flushed(System.nanoTime() - started);
  }

  private void publish() {
    if (progress.publish(position(state))) {
      observer.changed(this);
    }
  }

  private static Progress.Position position(AcceptorState state) {
    return new Progress.Position(
        state.term(), state.control().history(), state.flushLsn(), state.commitLsn());
  }

  private void persist(ControlState control) throws IOException {
    space.writeSmall(() -> controlFile.write(new ControlContent(node, key, control, archive)));
    persisted = control;
  }

  /// What this safekeeper answers to a change of the membership: where it was when it began to
  /// refuse all lower generations.
  ///
  /// @param current the configuration that holds now
  public record MembershipChange(
      MembershipConfiguration previous,
      MembershipConfiguration current,
      Term term,
      Term lastLogTerm,
      Lsn flushLsn) {}

  /// Takes over a membership from the control plane, durably; see [AcceptorState#changeMembership].
  ///
  /// @throws RefusedException if the generation is lower or used for another membership, or this
  ///   node is no member in it
  public MembershipChange changeMembership(MembershipConfiguration newer) throws RefusedException {
    lock.lock();
    try {
      requireOpen();
      MembershipConfiguration previous = state.control().membership();
      run(state.changeMembership(newer), new ArrayList<>());
      Failpoint.MEMBERSHIP_CHANGE_REPLY_BEFORE.hit();
      return new MembershipChange(
          previous,
          state.control().membership(),
          state.term(),
          state.lastLogTerm(),
          state.flushLsn());
    } catch (IOException e) {
      throw failed(e);
    } finally {
      lock.unlock();
    }
  }

  /// Promises to follow no proposer below a term, durably; see [AcceptorState#bumpTerm].
  ///
  /// @param atLeast or, if empty, one more than it is
  /// @return the term before and the term now
  public TermChange bumpTerm(Optional<Term> atLeast) throws RefusedException {
    lock.lock();
    try {
      requireOpen();
      Term previous = state.term();
      run(state.bumpTerm(atLeast.orElse(previous.next())), new ArrayList<>());
      Failpoint.TERM_BUMP_REPLY_BEFORE.hit();
      return new TermChange(previous, state.term());
    } catch (IOException e) {
      throw failed(e);
    } finally {
      lock.unlock();
    }
  }

  public record TermChange(Term previous, Term current) {}

  /// Writes the positions into the control file if they have moved. Called once a second while they
  /// do.
  public void checkpoint(Lsn backupLsn) {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      state = state.withRetention(readers.remoteConsistentLsn(), backupLsn);
      AcceptorState.Step step = state.checkpoint();
      if (!step.next().control().equals(persisted)) {
        persist(step.next().control());
        state = step.next();
        observer.changed(this);
      }
    } catch (IOException e) {
      if (!Durable.isNoSpace(e)) {
        failStop.stop("cannot write the control file of timeline " + key, e);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Takes over a commit LSN from another member; see [AcceptorState#learnCommit].
  public void learnCommit(Term peerLastLogTerm, Lsn peerCommitLsn) {
    lock.lock();
    try {
      state = state.learnCommit(peerLastLogTerm, peerCommitLsn);
      publish();
    } finally {
      lock.unlock();
    }
  }

  /// Takes over how far others have made the WAL durable, as a peer or a pageserver tells.
  public void learnRetention(Lsn remoteConsistentLsn, Lsn backupLsn) {
    lock.lock();
    try {
      AcceptorState learned = state.withRetention(remoteConsistentLsn, backupLsn);
      if (!learned.control().equals(state.control())) {
        state = learned;
        observer.changed(this);
      }
    } finally {
      lock.unlock();
    }
  }

  private void requireOpen() throws RefusedException {
    if (closed) {
      throw new RefusedException("57P01", "timeline " + key + " is being closed");
    }
  }

  private RefusedException failed(IOException e) {
    failStop.stop("the disk has failed under timeline " + key + ": " + e.getMessage(), e);
    closed = true; // only reached in tests: nothing more is answered
    return new RefusedException("58030", "the disk has failed: " + e.getMessage(), e);
  }

  /// Flushes, writes the control file and closes the files. Nothing is answered any more.
  @Override
  public void close() throws IOException {
    progress.close();
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      AcceptorState.Step flush = state.flush();
      for (AcceptorEffect effect : flush.effects()) {
        if (effect instanceof AcceptorEffect.Flush) {
          wal.flush();
        }
      }
      state = flush.next().withRetention(readers.remoteConsistentLsn(), Lsn.INVALID);
      AcceptorState.Step step = state.checkpoint();
      if (!step.next().control().equals(persisted)) {
        persist(step.next().control());
      }
      wal.close();
    } finally {
      lock.unlock();
    }
  }
}
