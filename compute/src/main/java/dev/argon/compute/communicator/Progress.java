package dev.argon.compute.communicator;

import dev.argon.compute.memory.RequestSlots;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/// How many blocks of a request are still to come; completes its slot with the last one.
final class Progress {

  /// How one block ended.
  sealed interface Outcome {

    /// Installed, or no longer wanted: the reader looks again.
    record Done() implements Outcome {}

    /// It lies past the end of its file.
    record Gone() implements Outcome {}

    record Failed(String text) implements Outcome {}

    /// A comparison's block has changed meanwhile.
    record Overtaken() implements Outcome {}

    /// A comparison found a difference.
    record Differs(String text) implements Outcome {}
  }

  private final RequestSlots slots;
  private final int slot;
  private final AtomicInteger left;
  private final AtomicReference<Optional<Outcome>> worst = new AtomicReference<>(Optional.empty());

  Progress(RequestSlots slots, int slot, int blocks) {
    this.slots = slots;
    this.slot = slot;
    left = new AtomicInteger(blocks);
  }

  void ended(Outcome outcome) {
    switch (outcome) {
      case Outcome.Done() -> {}
      case Outcome.Gone(), Outcome.Failed(_), Outcome.Overtaken(), Outcome.Differs(_) ->
          worst.set(Optional.of(outcome));
    }
    if (left.decrementAndGet() > 0) {
      return;
    }
    switch (worst.get().orElse(new Outcome.Done())) {
      case Outcome.Done() -> slots.completeDone(slot);
      case Outcome.Gone() -> slots.completeGone(slot);
      case Outcome.Failed(String text) -> slots.completeError(slot, text);
      case Outcome.Overtaken() -> slots.completeOvertaken(slot);
      case Outcome.Differs(String text) -> slots.completeDiffers(slot, text);
    }
  }
}
