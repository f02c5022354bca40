package dev.argon.pageserver.timeline;

import dev.argon.pageserver.layer.MemoryLayer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// The layers of a timeline at some moment. Never changed: a flush or merge makes another one.
/// While someone holds it, none of its layers goes away.
final class LayerSet {

  private final MemoryLayer open;
  private final List<MemoryLayer> frozen;
  private final List<Run> runs;
  private final List<StoredLayer> images;
  private final AtomicInteger holders = new AtomicInteger(1);

  /// All lists newest first.
  LayerSet(MemoryLayer open, List<MemoryLayer> frozen, List<Run> runs, List<StoredLayer> images) {
    this.open = open;
    this.frozen = List.copyOf(frozen);
    this.runs = List.copyOf(runs);
    this.images = List.copyOf(images);
    open.hold();
    this.frozen.forEach(MemoryLayer::hold);
    this.runs.forEach(run -> run.layers().forEach(StoredLayer::hold));
    this.images.forEach(StoredLayer::hold);
  }

  MemoryLayer open() {
    return open;
  }

  List<MemoryLayer> frozen() {
    return frozen;
  }

  List<Run> runs() {
    return runs;
  }

  List<StoredLayer> images() {
    return images;
  }

  /// One more holder, unless the last one has already gone.
  boolean tryHold() {
    while (true) {
      int count = holders.get();
      if (count == 0) {
        return false;
      }
      if (holders.compareAndSet(count, count + 1)) {
        return true;
      }
    }
  }

  void release() {
    if (holders.decrementAndGet() == 0) {
      open.release();
      frozen.forEach(MemoryLayer::release);
      runs.forEach(run -> run.layers().forEach(StoredLayer::release));
      images.forEach(StoredLayer::release);
    }
  }
}
