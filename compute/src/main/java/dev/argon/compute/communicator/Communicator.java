package dev.argon.compute.communicator;

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
  private final Thread dispatcher;
  private final LongAdder requests = new LongAdder();
  private final LongAdder installed = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final LongAdder errors = new LongAdder();
  private final RequestCounts counts = new RequestCounts();
  private volatile boolean closing;

  /// What the communicator counted.
  ///
  /// @param requestedBlocks blocks that PostgreSQL asked for
  /// @param installedPages pages written into relation files
  /// @param droppedPages pages that came too late: their block had changed meanwhile
  /// @param errors pages the pageserver refused
  /// @param connected whether there is a connection for demand requests now
  public record Counters(
      long requestedBlocks,
      long installedPages,
      long droppedPages,
      long errors,
      boolean connected) {}

  public Communicator(SharedMemory memory, Path dataDirectory, PageSource source) {
    this.memory = memory;
    int slots = memory.slots().count();
    demand = lane("communicator", dataDirectory, source, slots);
    ahead =
        lane(
            "communicator-ahead", dataDirectory, source, slots * SharedMemoryLayout.REQUEST_BLOCKS);
    dispatcher = VitalThread.of("communicator-dispatch", this::dispatch);
  }

  private PageLane lane(String name, Path dataDirectory, PageSource source, int capacity) {
    Installer installer = new Installer(memory, dataDirectory, installed, dropped);
    return new PageLane(name, memory, source, installer, errors, capacity);
  }

  public void start() {
    demand.start();
    ahead.start();
    dispatcher.start();
  }

  public Counters counters() {
    return new Counters(
        requests.sum(), installed.sum(), dropped.sum(), errors.sum(), demand.isConnected());
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
    requests.add(blocks);
    counts.count(memory.slots().isDemand(slot), blocks);
    if (blocks == 0) {
      memory.slots().completeDone(slot);
      return;
    }
    Progress progress = new Progress(memory.slots(), slot, blocks);
    PageLane lane = memory.slots().isDemand(slot) ? demand : ahead;
    for (int i = 0; i < request.tokens().length; i++) {
      if ((request.claimed() & 1 << i) != 0) {
        lane.add(new Fetch(request, i, progress));
      }
    }
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
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
