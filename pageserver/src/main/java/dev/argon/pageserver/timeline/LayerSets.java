package dev.argon.pageserver.timeline;

import dev.argon.pageserver.layer.LayerKind;
import dev.argon.pageserver.layer.MemoryLayer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How layer sets are made.
final class LayerSets {

  private LayerSets() {}

  /// A set whose open layer's only holder it becomes.
  static LayerSet of(MemoryLayer open, List<MemoryLayer> frozen, List<StoredLayer> stored) {
    LayerSet set = sorted(open, frozen, stored);
    open.release();
    return set;
  }

  private static LayerSet sorted(
      MemoryLayer open, List<MemoryLayer> frozen, List<StoredLayer> stored) {
    List<StoredLayer> deltas = new ArrayList<>();
    List<StoredLayer> images = new ArrayList<>();
    for (StoredLayer layer : stored) {
      boolean delta = layer.file().summary().identity().kind() == LayerKind.DELTA;
      (delta ? deltas : images).add(layer);
    }
    images.sort(Comparator.comparing(StoredLayer::endLsn, Long::compareUnsigned).reversed());
    return new LayerSet(open, frozen, Run.of(deltas), images);
  }

  /// The files of a set.
  static List<StoredLayer> stored(LayerSet set) {
    List<StoredLayer> stored = new ArrayList<>();
    set.runs().forEach(run -> stored.addAll(run.layers()));
    stored.addAll(set.images());
    return stored;
  }

  static LayerSet replace(
      LayerSet old,
      List<StoredLayer> added,
      List<StoredLayer> removed,
      @Nullable MemoryLayer flushed) {
    List<StoredLayer> stored = stored(old);
    stored.removeAll(removed);
    stored.addAll(added);
    List<MemoryLayer> frozen = new ArrayList<>(old.frozen());
    if (flushed != null) {
      frozen.remove(flushed);
    }
    return sorted(old.open(), frozen, stored);
  }
}
