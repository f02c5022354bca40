package dev.argon.pageserver.timeline;

import dev.argon.pageserver.layer.VersionVisitor;
import dev.argon.pageservice.PageKey;
import dev.argon.postgres.CorruptDataException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Delta files that share a range of LSNs and divide the keys among them: what one flush or one
/// merge has written. A timeline's runs follow each other by LSN without overlap.
final class Run {

  private final List<StoredLayer> layers;
  private final boolean anyCut;
  private final long sizeBytes;

  private Run(List<StoredLayer> layers) {
    this.layers = layers;
    anyCut = layers.stream().anyMatch(layer -> layer.file().summary().cuts() > 0);
    sizeBytes = layers.stream().mapToLong(layer -> layer.file().summary().sizeBytes()).sum();
  }

  /// Puts delta layers that belong together into runs, newest first.
  static List<Run> of(List<StoredLayer> deltas) {
    List<StoredLayer> sorted = new ArrayList<>(deltas);
    sorted.sort(
        Comparator.comparing(StoredLayer::startLsn, Long::compareUnsigned)
            .reversed()
            .thenComparing(layer -> layer.file().summary().firstKey()));
    List<Run> runs = new ArrayList<>();
    List<StoredLayer> same = new ArrayList<>();
    for (StoredLayer layer : sorted) {
      if (!same.isEmpty() && same.getFirst().startLsn() != layer.startLsn()) {
        runs.add(new Run(List.copyOf(same)));
        same.clear();
      }
      same.add(layer);
    }
    if (!same.isEmpty()) {
      runs.add(new Run(List.copyOf(same)));
    }
    return List.copyOf(runs);
  }

  List<StoredLayer> layers() {
    return layers;
  }

  int level() {
    return layers.getFirst().level();
  }

  long startLsn() {
    return layers.getFirst().startLsn();
  }

  long endLsn() {
    return layers.getFirst().endLsn();
  }

  long sizeBytes() {
    return sizeBytes;
  }

  boolean anyCut() {
    return anyCut;
  }

  /// As `LayerFile.visit`.
  boolean visit(long high, long low, long aboveLsn, long upToLsn, VersionVisitor visitor)
      throws IOException, CorruptDataException {
    int from = 0;
    int to = layers.size() - 1;
    while (from <= to) {
      int middle = (from + to) >>> 1;
      PageKey first = layers.get(middle).file().summary().firstKey();
      if (PageKey.compare(first.high(), first.low(), high, low) <= 0) {
        from = middle + 1;
      } else {
        to = middle - 1;
      }
    }
    return to < 0 || layers.get(to).file().visit(high, low, aboveLsn, upToLsn, visitor);
  }
}
