package dev.argon.pageserver.timeline;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.pageserver.layer.MemoryLayer;
import dev.argon.postgres.CorruptDataException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A branch in memory: where it stands, its layers, and the way to read and write it. Any thread
/// may read; writing goes through one [WriteBatch] at a time.
///
/// Locks, in order: `storing` (one flush or merge at a time changes files and index), `writer`,
/// `layersLock` (the swap of the layer set).
public final class Timeline {

  private static final AtomicLong NEXT_SERIAL = new AtomicLong(1);

  private final TenantId tenant;
  private final TimelineId id;
  private final TimelineOrigin origin;
  private final TimelineConfig config;
  private final TimelineStore store;

  /// Distinguishes this object in caches, also from an earlier one of the same branch.
  private final long serial = NEXT_SERIAL.getAndIncrement();

  private final LsnGate lastRecord;

  /// Held while a batch is open.
  private final ReentrantLock writer = new ReentrantLock();

  /// Bytes of the open layer that the budget knows of; guarded by `writer`.
  private long accountedBytes;

  /// Guards the replacement of `layers`.
  private final ReentrantLock layersLock = new ReentrantLock();

  private volatile LayerSet layers;
  private volatile boolean closed;

  /// One at a time: flush, merge, index.
  private final ReentrantLock storing = new ReentrantLock();

  private volatile long diskConsistentLsn;
  private volatile long remoteConsistentLsn;
  private volatile long openedAtNanos = System.nanoTime();

  /// The term of the WAL that was ingested last, and the one as of the frozen layers' end.
  private volatile long term;

  private volatile long frozenTerm;
  private volatile Membership membership;
  private volatile @Nullable String storingProblem;

  private Timeline(
      TenantId tenant,
      TimelineId id,
      TimelineOrigin origin,
      TimelineConfig config,
      TimelineStore store,
      TimelineIndex index,
      List<StoredLayer> stored) {
    this.tenant = tenant;
    this.id = id;
    this.origin = origin;
    this.config = config;
    this.store = store;
    diskConsistentLsn = index.diskConsistent();
    lastRecord = new LsnGate(diskConsistentLsn);
    term = index.term();
    frozenTerm = index.term();
    membership = index.membership();
    layers = LayerSets.of(new MemoryLayer(config.chunks(), diskConsistentLsn), List.of(), stored);
  }

  /// Makes the object for a timeline with this index.
  static Timeline of(
      TenantId tenant,
      TimelineId id,
      Optional<Branching> branching,
      TimelineConfig config,
      TimelineStore store,
      TimelineIndex index)
      throws CorruptDataException {
    List<StoredLayer> stored = new ArrayList<>();
    for (TimelineIndex.Layer layer : index.layerList()) {
      stored.add(store.stored(layer.name(), layer.level(), layer.summary(tenant, id)));
    }
    TimelineOrigin origin =
        new TimelineOrigin(
            branching,
            index.start(),
            index.pgVersion(),
            index.systemId(),
            index.dataChecksumVersion(),
            index.hintBitsLogged());
    return new Timeline(tenant, id, origin, config, store, index, stored);
  }

  public TenantId tenant() {
    return tenant;
  }

  public TimelineId id() {
    return id;
  }

  /// Where it comes from.
  public TimelineOrigin origin() {
    return origin;
  }

  Optional<Branching> branching() {
    return origin.branching();
  }

  long serial() {
    return serial;
  }

  TimelineConfig config() {
    return config;
  }

  TimelineStore store() {
    return store;
  }

  /// The end of the last record that was ingested.
  public long lastRecordLsn() {
    return lastRecord.lsn();
  }

  /// The largest LSN that anyone waits for at this moment; 0 if nobody does.
  public long wantedLsn() {
    return lastRecord.wantedLsn();
  }

  /// @param listener called whenever somebody begins to wait for an LSN; must not block
  public void onWait(Runnable listener) {
    lastRecord.onWait(listener);
  }

  /// Everything up to here is in files of this node.
  public long diskConsistentLsn() {
    return diskConsistentLsn;
  }

  /// Everything up to here is in the object store under a validated generation.
  public long remoteConsistentLsn() {
    return remoteConsistentLsn;
  }

  /// The term of the WAL ingested last.
  public long term() {
    return term;
  }

  /// The WAL that follows was written in this term.
  public void termSeen(long newTerm) {
    if (Long.compareUnsigned(newTerm, term) > 0) {
      term = newTerm;
    }
  }

  public Membership membership() {
    return membership;
  }

  /// Takes a new membership; [TimelineKeeper#persist] makes it durable.
  public void membership(Membership next) {
    membership = next;
  }

  /// Why the timeline is not as it should be, for its status.
  public Optional<String> storingProblem() {
    return Optional.ofNullable(storingProblem);
  }

  /// Storing failed; it is tried again.
  public void reportStoringProblem(String problem) {
    storingProblem = problem;
  }

  void storingProblem(@Nullable String problem) {
    storingProblem = problem;
  }

  /// Waits until an LSN was ingested, and until the ancestors have again ingested what this
  /// timeline takes from them: after a restart they may be behind the branch point for a while.
  ///
  /// @return false if it was not after `timeoutMillis`
  public boolean awaitLsn(long lsn, long timeoutMillis) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    if (!lastRecord.await(lsn, timeoutMillis)) {
      return false;
    }
    long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    return awaitAncestors(Math.max(0, left));
  }

  /// Waits until the ancestors have ingested everything up to the branch points.
  ///
  /// @return false if they have not after `timeoutMillis`
  public boolean awaitAncestors(long timeoutMillis) throws InterruptedException {
    if (origin.branching().isEmpty()) {
      return true;
    }
    Branching branching = origin.branching().get();
    return branching.ancestor().awaitLsn(branching.lsn(), timeoutMillis);
  }

  /// Begins to read. The session must be closed. It sees what was ingested before: take the LSN to
  /// read at from [#lastRecordLsn] before this call, not after it.
  public ReadSession read() {
    return new ReadSession(this, config.reads());
  }

  /// The current layers, held.
  LayerSet holdLayers() {
    while (true) {
      LayerSet set = layers;
      if (closed) {
        throw new IllegalStateException("timeline " + id + " was deleted");
      }
      if (set.tryHold()) {
        return set;
      }
    }
  }

  /// Begins to write; the batch must be closed. Waits for another one to end.
  public WriteBatch write() {
    writer.lock();
    return new WriteBatch(this, layers.open());
  }

  /// For [WriteBatch]: everything up to `lsn` is there.
  void batchCommitted(long lsn) {
    lastRecord.advance(lsn);
  }

  /// For [WriteBatch]: its end.
  void batchClosed(boolean committed, MemoryLayer open) {
    try {
      long bytes = open.memoryBytes();
      config.budget().add(bytes - accountedBytes);
      accountedBytes = bytes;
      if (!committed && !open.isEmpty()) {
        freezeLocked();
      }
    } finally {
      writer.unlock();
    }
  }

  /// Whether the open layer should be flushed for its size.
  public boolean isFull() {
    return layers.open().memoryBytes() >= config.openLayerBytesMax();
  }

  /// Memory that its layers take.
  public long memoryBytes() {
    LayerSet set = layers;
    long bytes = set.open().memoryBytes();
    for (MemoryLayer layer : set.frozen()) {
      bytes += layer.memoryBytes();
    }
    return bytes;
  }

  /// How long the open layer has had something in it.
  public long openLayerAgeMillis() {
    return layers.open().isEmpty() ? 0 : (System.nanoTime() - openedAtNanos) / 1_000_000;
  }

  /// Begins a new open layer, so that what was written can be flushed.
  void freeze() {
    writer.lock();
    try {
      if (!layers.open().isEmpty()) {
        freezeLocked();
      }
    } finally {
      writer.unlock();
    }
  }

  private void freezeLocked() {
    layersLock.lock();
    try {
      LayerSet old = layers;
      MemoryLayer open = old.open();
      open.freeze(lastRecord.lsn());
      frozenTerm = term;
      MemoryLayer next = new MemoryLayer(config.chunks(), lastRecord.lsn());
      List<MemoryLayer> frozen = new ArrayList<>();
      frozen.add(open);
      frozen.addAll(old.frozen());
      layers = new LayerSet(next, frozen, old.runs(), old.images());
      // The set holds it now; the maker's own hold goes with the last set that has it.
      old.release();
      next.release();
      accountedBytes = 0;
      openedAtNanos = System.nanoTime();
    } finally {
      layersLock.unlock();
    }
  }

  /// Replaces files: adds some, takes some out, and a flushed memory layer.
  void replace(List<StoredLayer> added, List<StoredLayer> removed, @Nullable MemoryLayer flushed) {
    layersLock.lock();
    try {
      LayerSet old = layers;
      layers = LayerSets.replace(old, added, removed, flushed);
      old.release();
      if (flushed != null) {
        config.budget().add(-flushed.memoryBytes());
      }
    } finally {
      layersLock.unlock();
    }
  }

  ReentrantLock storing() {
    return storing;
  }

  void diskConsistent(long lsn) {
    diskConsistentLsn = lsn;
  }

  void remoteConsistent(long lsn) {
    remoteConsistentLsn = lsn;
  }

  long frozenTerm() {
    return frozenTerm;
  }

  /// Its layers, newest first, for listing.
  public List<TimelineIndex.Layer> layerList() {
    LayerSet set = holdLayers();
    try {
      return LayerSets.stored(set).stream().map(TimelineIndex.Layer::of).toList();
    } finally {
      set.release();
    }
  }

  /// The greatest record end up to an LSN, for a branch.
  ///
  /// @return 0 if there is none in what is kept
  public long recordEndUpTo(long lsn) throws IOException, CorruptDataException {
    long last = lastRecordLsn();
    try (ReadSession session = read()) {
      long end = RecordEnds.lastUpTo(session, lsn, last).end();
      return Long.compareUnsigned(end, firstLsn()) < 0 ? 0 : end;
    }
  }

  /// Where the last record that ends at an LSN begins and what its `xl_prev` is, in raw positions:
  /// ends of the records before, which may be page boundaries.
  public RecordPosition recordEndingAt(long lsn) throws IOException, CorruptDataException {
    long lastLsn = lastRecordLsn();
    try (ReadSession session = read()) {
      RecordEnds.Last last = RecordEnds.lastUpTo(session, lsn, lastLsn);
      return last.end() == lsn
          ? new RecordPosition(last.before(), last.secondBefore())
          : new RecordPosition(0, 0);
    }
  }

  /// Ends of the two records before some record; 0 if not known.
  public record RecordPosition(long previousEndLsn, long secondPreviousEndLsn) {}

  /// The oldest LSN that can be read.
  public long firstLsn() {
    Timeline oldest = this;
    while (oldest.origin.branching().isPresent()) {
      oldest = oldest.origin.branching().get().ancestor();
    }
    return oldest.origin.startLsn();
  }

  /// Lets go of all memory. No one reads or writes any more.
  void close() {
    layersLock.lock();
    try {
      LayerSet set = layers;
      long bytes = memoryBytes();
      closed = true;
      set.release();
      config.budget().add(-bytes);
    } finally {
      layersLock.unlock();
    }
  }
}
