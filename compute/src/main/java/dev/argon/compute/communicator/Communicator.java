package dev.argon.compute.communicator;

import dev.argon.compute.compare.CompareCounters;
import dev.argon.compute.compare.ResidentComparison;
import dev.argon.compute.eviction.DropCheck;
import dev.argon.compute.memory.RequestSlots;
import dev.argon.compute.memory.SharedMemory;
import dev.argon.compute.memory.SharedMemoryLayout;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.LongAdder;

/// Answers the page faults of one PostgreSQL. Demand and read-ahead have a connection each, so that
/// nobody waits behind pages that are only likely to be needed. The sender of demand takes all
/// requests from shared memory and hands on what the others are to ask for.
public final class Communicator implements AutoCloseable {

  private final SharedMemory memory;
  private final PageLane demand;
  private final PageLane ahead;
  private final PageLane comparisons;
  private final Intake intake;
  private final BlockingQueue<Fetch> aheadQueue;
  private final BlockingQueue<Fetch> comparisonQueue;
  private final Path dataDirectory;
  private final PageSource source;
  private final CompareCounters compared = new CompareCounters();
  private final LongAdder requests = new LongAdder();
  private final LongAdder installed = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final PageLane.Counts laneCounts = new PageLane.Counts(new LongAdder(), new LongAdder());
  private final RequestCounts counts = new RequestCounts();

  /// Of the demand lane's sender alone until it has ended.
  private boolean comparing;

  /// What the communicator counted.
  ///
  /// @param requestedBlocks blocks that PostgreSQL wanted in its files; not what it had compared
  /// @param installedPages pages written into relation files
  /// @param droppedPages pages that came too late: their block had changed meanwhile
  /// @param errors pages the pageserver refused
  /// @param recent pages for which the pageserver had to wait for WAL, as far as is known here
  /// @param connected whether there is a connection for demand requests now
  public record Counters(
      long requestedBlocks,
      long installedPages,
      long droppedPages,
      long errors,
      long recent,
      boolean connected) {}

  public Communicator(SharedMemory memory, Path dataDirectory, PageSource source) {
    this.memory = memory;
    this.dataDirectory = dataDirectory;
    this.source = source;
    int slots = memory.slots().count();
    int blocks = slots * SharedMemoryLayout.REQUEST_BLOCKS;
    intake = new Intake(memory.slots(), this::accept);
    aheadQueue = new LinkedBlockingQueue<>(blocks);
    comparisonQueue = new LinkedBlockingQueue<>(blocks);
    demand = lane("communicator", intake);
    ahead = lane("communicator-ahead", Fetches.of(aheadQueue));
    comparisons = lane("communicator-compare", Fetches.of(comparisonQueue));
  }

  private PageLane lane(String name, Fetches fetches) {
    Installer installer = new Installer(memory, dataDirectory, installed, dropped);
    return new PageLane(name, memory, source, installer, comparison(), laneCounts, fetches);
  }

  private ResidentComparison comparison() {
    return new ResidentComparison(memory.blocks(), dataDirectory, compared);
  }

  /// What the evictor asks in compare mode.
  public DropCheck dropCheck() {
    return new EvictionComparison(memory, source, compared, comparison());
  }

  /// What was compared with the pageserver's pages so far.
  public CompareCounters compared() {
    return compared;
  }

  public void start() {
    demand.start();
    ahead.start();
  }

  public Counters counters() {
    return new Counters(
        requests.sum(),
        installed.sum(),
        dropped.sum(),
        laneCounts.errors().sum(),
        laneCounts.recent().sum(),
        demand.isConnected());
  }

  /// How many requests there were of each kind, and for how many blocks.
  public RequestCounts requestCounts() {
    return counts;
  }

  private void accept(int slot) {
    RequestSlots.Request request = memory.slots().take(slot);
    int blocks = Integer.bitCount(request.claimed());
    if (request.kind() == SharedMemoryLayout.REQUEST_FETCH) {
      requests.add(blocks);
      counts.count(memory.slots().isDemand(slot), blocks);
    } else {
      counts.countComparison(blocks);
    }
    if (blocks == 0) {
      memory.slots().completeDone(slot);
      return;
    }
    Progress progress = new Progress(memory.slots(), slot, blocks);
    for (int i = 0; i < request.tokens().length; i++) {
      if ((request.claimed() & 1 << i) != 0) {
        handOn(new Fetch(request, i, progress));
      }
    }
  }

  /// Comparisons have a lane of their own, begun with the first: they may wait for recent WAL, and
  /// nobody who waits for a page should wait for that. There is room in both queues for all slots.
  private void handOn(Fetch fetch) {
    if (fetch.isComparison()) {
      if (!comparing) {
        comparing = true;
        comparisons.start();
      }
      comparisonQueue.add(fetch);
    } else if (memory.slots().isDemand(fetch.request().slot())) {
      intake.add(fetch);
    } else {
      aheadQueue.add(fetch);
    }
  }

  /// Ends all threads. PostgreSQL must have ended: whoever still waits for a page waits for ever.
  @Override
  public void close() {
    try {
      demand.close();
      ahead.close();
      comparisons.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
