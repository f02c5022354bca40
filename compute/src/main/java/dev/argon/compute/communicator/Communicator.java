package dev.argon.compute.communicator;

import dev.argon.compute.compare.CompareCounters;
import dev.argon.compute.compare.ResidentComparison;
import dev.argon.compute.eviction.DropCheck;
import dev.argon.compute.memory.RequestSlots;
import dev.argon.compute.memory.SharedMemory;
import dev.argon.compute.memory.SharedMemoryLayout;
import dev.argon.compute.memory.VitalThread;
import java.nio.file.Path;
import java.util.concurrent.atomic.LongAdder;

/// Answers the page faults of one PostgreSQL. One thread takes requests from shared memory; demand
/// and read-ahead have a connection each, so that nobody waits behind pages that are only likely to
/// be needed.
public final class Communicator implements AutoCloseable {

  /// A lost wake-up costs at most this much.
  private static final long DOORBELL_MILLIS = 1_000;

  private final SharedMemory memory;
  private final PageLane demand;
  private final PageLane ahead;
  private final PageLane comparisons;
  private final Path dataDirectory;
  private final PageSource source;
  private final CompareCounters compared = new CompareCounters();
  private final Thread dispatcher;
  private final LongAdder requests = new LongAdder();
  private final LongAdder installed = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final PageLane.Counts laneCounts = new PageLane.Counts(new LongAdder(), new LongAdder());
  private final RequestCounts counts = new RequestCounts();
  private volatile boolean closing;

  /// Of the dispatcher alone until it has ended.
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
    demand = lane("communicator", slots);
    ahead = lane("communicator-ahead", slots * SharedMemoryLayout.REQUEST_BLOCKS);
    comparisons = lane("communicator-compare", slots * SharedMemoryLayout.REQUEST_BLOCKS);
    dispatcher = VitalThread.of("communicator-dispatch", this::dispatch);
  }

  private PageLane lane(String name, int capacity) {
    Installer installer = new Installer(memory, dataDirectory, installed, dropped);
    return new PageLane(name, memory, source, installer, comparison(), laneCounts, capacity);
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
    dispatcher.start();
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

  private void dispatch() {
    RequestSlots slots = memory.slots();
    while (!closing) {
      int bell = slots.doorbell();
      if (slots.drain(this::accept) == 0 && !closing) {
        slots.awaitDoorbell(bell, DOORBELL_MILLIS);
      }
    }
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
    PageLane lane = laneOf(request);
    for (int i = 0; i < request.tokens().length; i++) {
      if ((request.claimed() & 1 << i) != 0) {
        lane.add(new Fetch(request, i, progress));
      }
    }
  }

  /// Comparisons have a lane of their own, begun with the first: they may wait for recent WAL, and
  /// nobody who waits for a page should wait for that.
  private PageLane laneOf(RequestSlots.Request request) {
    if (request.kind() == SharedMemoryLayout.REQUEST_FETCH) {
      return memory.slots().isDemand(request.slot()) ? demand : ahead;
    }
    if (!comparing) {
      comparing = true;
      comparisons.start();
    }
    return comparisons;
  }

  /// Ends all threads. PostgreSQL must have ended: whoever still waits for a page waits for ever.
  @Override
  public void close() {
    closing = true;
    memory.slots().ringDoorbell();
    try {
      dispatcher.join();
      demand.close();
      ahead.close();
      comparisons.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
