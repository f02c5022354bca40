package dev.argon.pageserver.timeline;

import dev.argon.pageserver.layer.LayerKind;
import dev.argon.pageserver.layer.LayerSummary;
import dev.argon.pageserver.layer.MemoryLayer;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Brings a timeline's memory into files and the files into the object store. The order is what
/// makes it safe: layer, its name, index; then the same in the object store; then validation.
///
/// Called by the process's maintenance threads and by whoever needs durability now.
public final class TimelineKeeper {

  private static final System.Logger LOG = System.getLogger(TimelineKeeper.class.getName());

  private final Timeline timeline;

  public TimelineKeeper(Timeline timeline) {
    this.timeline = timeline;
  }

  /// Flushes what was ingested up to now: afterwards [Timeline#diskConsistentLsn] is at least what
  /// [Timeline#lastRecordLsn] was.
  public void flush() throws IOException {
    timeline.freeze();
    flushFrozen();
  }

  /// Flushes the frozen layers.
  public void flushFrozen() throws IOException {
    timeline.storing().lock();
    try {
      LayerSet set = timeline.holdLayers();
      try {
        List<MemoryLayer> frozen = set.frozen();
        for (int i = frozen.size() - 1; i >= 0; i--) {
          flush(frozen.get(i));
        }
      } finally {
        set.release();
      }
    } finally {
      timeline.storing().unlock();
    }
  }

  private void flush(MemoryLayer layer) throws IOException {
    List<StoredLayer> added = List.of();
    if (Long.compareUnsigned(layer.endLsn(), layer.startLsn()) > 0) {
      TimelineStore.Draft draft =
          timeline.store().draft(LayerKind.DELTA, layer.startLsn(), layer.endLsn());
      try (var writer = draft.writer()) {
        layer.visitSorted(writer::add);
        LayerSummary summary = writer.finish();
        added = List.of(timeline.store().stored(draft.name(), 0, summary));
      }
    }
    install(added, List.of(), layer, layer.endLsn());
  }

  /// Makes files part of the timeline: first the index names them, then readers see them. An index
  /// never names a layer together with a disk-consistent LSN below it: after a restart its versions
  /// would be read from the WAL once more and applied twice.
  private void install(
      List<StoredLayer> added,
      List<StoredLayer> removed,
      @Nullable MemoryLayer flushed,
      long diskConsistentLsn)
      throws IOException {
    boolean named = false;
    try {
      timeline.store().forceNames();
      timeline.store().writeLocal(index(added, removed, diskConsistentLsn));
      named = true;
    } finally {
      if (!named) {
        added.forEach(StoredLayer::retire);
      }
    }
    timeline.replace(added, removed, flushed);
    timeline.diskConsistent(diskConsistentLsn);
  }

  private TimelineIndex index(
      List<StoredLayer> added, List<StoredLayer> removed, long diskConsistentLsn) {
    Set<String> gone = removed.stream().map(StoredLayer::name).collect(Collectors.toSet());
    List<TimelineIndex.Layer> layers = new ArrayList<>(timeline.layerList());
    layers.removeIf(layer -> gone.contains(layer.name()));
    added.forEach(layer -> layers.add(TimelineIndex.Layer.of(layer)));
    TimelineOrigin origin = timeline.origin();
    return new TimelineIndex(
        TimelineIndex.FORMAT_VERSION,
        timeline.tenant().toString(),
        timeline.id().toString(),
        timeline.store().attachment().generation(),
        timeline.store().nextSequence(),
        origin.branching().map(b -> b.ancestor().id().toString()).orElse(null),
        origin.branching().map(b -> Lsn.toString(b.lsn())).orElse(null),
        Lsn.toString(origin.startLsn()),
        Lsn.toString(diskConsistentLsn),
        timeline.frozenTerm(),
        origin.pgVersion(),
        origin.systemId(),
        origin.dataChecksumVersion(),
        origin.hintBitsLogged(),
        timeline.membership(),
        layers);
  }

  /// Makes what is not in a layer (the membership) durable here.
  public void persist() throws IOException {
    timeline.storing().lock();
    try {
      timeline.store().writeLocal(index(List.of(), List.of(), timeline.diskConsistentLsn()));
    } finally {
      timeline.storing().unlock();
    }
  }

  /// Copies what is new to the object store. Afterwards [Timeline#remoteConsistentLsn] is what
  /// [Timeline#diskConsistentLsn] was, unless the generation is no longer current.
  public void upload() throws IOException {
    timeline.storing().lock();
    try {
      TimelineIndex index = index(List.of(), List.of(), timeline.diskConsistentLsn());
      timeline.store().writeLocal(index);
      if (timeline.store().upload(index)) {
        timeline.remoteConsistent(index.diskConsistent());
        timeline.storingProblem(null);
        timeline.store().removeUploadedExcept(index);
      } else {
        timeline.storingProblem(
            "generation "
                + index.generation()
                + " is no longer current: the tenant was attached elsewhere");
      }
    } finally {
      timeline.storing().unlock();
    }
  }

  /// Whether the object store lacks something.
  public boolean needsUpload() {
    return Long.compareUnsigned(timeline.remoteConsistentLsn(), timeline.diskConsistentLsn()) < 0;
  }

  /// Merges runs once, if there is a level with enough of them. For one thread at a time.
  ///
  /// @return whether it did
  public boolean merge() throws IOException, CorruptDataException {
    List<Run> inputs;
    LayerSet set = timeline.holdLayers();
    try {
      inputs = RunMerge.choose(set.runs(), timeline.config());
      inputs.forEach(run -> run.layers().forEach(StoredLayer::hold));
    } finally {
      // Holding all of it for as long as a merge takes would keep memory that was flushed.
      set.release();
    }
    if (inputs.isEmpty()) {
      return false;
    }
    try {
      merge(inputs);
      return true;
    } catch (NoSuchFileException e) {
      throw new IOException("a layer is missing here and in the object store: " + e.getFile(), e);
    } finally {
      inputs.forEach(run -> run.layers().forEach(StoredLayer::release));
    }
  }

  private void merge(List<Run> inputs) throws IOException, CorruptDataException {
    List<StoredLayer> added = new RunMerge(timeline, inputs).write();
    List<StoredLayer> removed = inputs.stream().flatMap(run -> run.layers().stream()).toList();
    timeline.storing().lock();
    try {
      install(added, removed, null, timeline.diskConsistentLsn());
    } finally {
      timeline.storing().unlock();
    }
    removed.forEach(StoredLayer::retire);
    LOG.log(
        Level.INFO,
        "merged {0} runs of level {1} into {2} files",
        inputs.size(),
        inputs.getFirst().level(),
        added.size());
    upload();
  }

  /// Adds an image layer that was written while a batch was open. It counts from the next index on,
  /// like the batch itself.
  void addImages(StoredLayer layer) {
    timeline.replace(List.of(layer), List.of(), null);
  }
}
