package dev.argon.compute.communicator;

import dev.argon.compute.memory.RequestSlots;
import java.util.ArrayDeque;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// Requests straight from shared memory. The sender of the lane that readers wait for takes them
/// itself: a thread in between would cost each page fault a wake-up.
final class Intake implements Fetches {

  private final RequestSlots slots;
  private final IntConsumer accept;
  private final ArrayDeque<Fetch> ready = new ArrayDeque<>();

  /// @param accept takes a submitted slot; calls [#add] with what this lane is to ask for
  Intake(RequestSlots slots, IntConsumer accept) {
    this.slots = slots;
    this.accept = accept;
  }

  /// Only within `accept`.
  void add(Fetch fetch) {
    ready.addLast(fetch);
  }

  @Override
  public @Nullable Fetch next(long millis) {
    int bell = slots.doorbell();
    Fetch first = poll();
    if (first == null) {
      slots.awaitDoorbell(bell, millis);
      first = poll();
    }
    return first;
  }

  @Override
  public @Nullable Fetch poll() {
    if (ready.isEmpty()) {
      slots.drain(accept);
    }
    return ready.pollFirst();
  }

  @Override
  public void wake() {
    slots.ringDoorbell();
  }
}
