package dev.argon.pageserver.timeline;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.objectstore.ObjectStore;
import dev.argon.pageserver.layer.BlockCache;
import dev.argon.pageserver.layer.LayerKind;
import dev.argon.pageserver.layer.LayerSummary;
import dev.argon.pageserver.layer.LayerWriter;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Finds timelines on disk and in the object store, and makes new ones.
public final class TimelineFactory {

  private final Path tenants;
  private final ObjectStore objects;
  private final BlockCache cache;
  private final TimelineConfig config;

  /// Timelines in `<tenants>/<tenant>/timelines/<timeline>`.
  public TimelineFactory(
      Path tenants, ObjectStore objects, BlockCache cache, TimelineConfig config) {
    this.tenants = tenants;
    this.objects = objects;
    this.cache = cache;
    this.config = config;
  }

  public TimelineConfig config() {
    return config;
  }

  private TimelineStore store(TenantId tenant, TimelineId id, Attachment attachment) {
    Path directory = tenants.resolve(tenant.toString()).resolve("timelines").resolve(id.toString());
    return new TimelineStore(tenant, id, directory, objects, attachment, cache);
  }

  /// A timeline that was found and is not open yet.
  public static final class Found {

    private final TenantId tenant;
    private final TimelineId id;
    private final TimelineStore store;
    private final TimelineIndex index;

    private Found(TenantId tenant, TimelineId id, TimelineStore store, TimelineIndex index) {
      this.tenant = tenant;
      this.id = id;
      this.store = store;
      this.index = index;
    }

    public TimelineId id() {
      return id;
    }

    public TimelineIndex index() {
      return index;
    }
  }

  /// Looks for a timeline here and in the object store.
  ///
  /// @throws CorruptDataException if its index is there but not whole
  public Optional<Found> find(TenantId tenant, TimelineId id, Attachment attachment)
      throws IOException, CorruptDataException {
    TimelineStore store = store(tenant, id, attachment);
    return store.load().map(index -> new Found(tenant, id, store, index));
  }

  /// Opens a timeline that was found.
  ///
  /// @param ancestor of the one its index names; empty if it names none
  public Timeline open(Found found, Optional<Timeline> ancestor) throws CorruptDataException {
    String lsn = found.index.ancestorLsn();
    Optional<Branching> branching =
        ancestor.map(a -> new Branching(a, lsn == null ? 0 : Lsn.parse(lsn).value()));
    return Timeline.of(found.tenant, found.id, branching, config, found.store, found.index);
  }

  /// Makes a branch, durable when it returns. It takes the same time whatever the size.
  ///
  /// @param lsn a record end that the ancestor has ingested
  public Timeline branch(Timeline ancestor, TimelineId id, long lsn, Attachment attachment)
      throws IOException, CorruptDataException {
    TimelineOrigin from = ancestor.origin();
    TimelineOrigin origin =
        new TimelineOrigin(
            Optional.of(new Branching(ancestor, lsn)),
            lsn,
            from.pgVersion(),
            from.systemId(),
            from.dataChecksumVersion(),
            from.hintBitsLogged());
    TimelineStore store = store(ancestor.tenant(), id, attachment);
    store.removeLocal();
    return create(ancestor.tenant(), id, origin, store, List.of());
  }

  private Timeline create(
      TenantId tenant,
      TimelineId id,
      TimelineOrigin origin,
      TimelineStore store,
      List<TimelineIndex.Layer> layers)
      throws IOException, CorruptDataException {
    TimelineIndex index =
        new TimelineIndex(
            TimelineIndex.FORMAT_VERSION,
            tenant.toString(),
            id.toString(),
            store.attachment().generation(),
            store.nextSequence(),
            origin.branching().map(b -> b.ancestor().id().toString()).orElse(null),
            origin.branching().map(b -> Lsn.toString(b.lsn())).orElse(null),
            Lsn.toString(origin.startLsn()),
            Lsn.toString(origin.startLsn()),
            0,
            origin.pgVersion(),
            origin.systemId(),
            origin.dataChecksumVersion(),
            origin.hintBitsLogged(),
            Membership.NONE,
            layers);
    store.writeLocal(index);
    Timeline timeline = Timeline.of(tenant, id, origin.branching(), config, store, index);
    new TimelineKeeper(timeline).upload();
    return timeline;
  }

  /// Writes the first values of a timeline.
  @FunctionalInterface
  public interface Import {
    void write(LayerWriter writer) throws IOException;
  }

  /// Makes a timeline that begins with an image of everything at its start, durable when it
  /// returns.
  public Timeline begin(
      TenantId tenant, TimelineId id, TimelineOrigin origin, Attachment attachment, Import content)
      throws IOException, CorruptDataException {
    TimelineStore store = store(tenant, id, attachment);
    store.removeLocal();
    TimelineStore.Draft draft =
        store.draft(LayerKind.IMAGE, origin.startLsn() - 1, origin.startLsn());
    LayerSummary summary;
    try (LayerWriter writer = draft.writer()) {
      content.write(writer);
      summary = writer.finish();
    }
    store.forceNames();
    StoredLayer stored = store.stored(draft.name(), 0, summary);
    return create(tenant, id, origin, store, List.of(TimelineIndex.Layer.of(stored)));
  }

  /// Removes a timeline here and in the object store. No one writes to it any more, and it has no
  /// children; who still reads gets an error.
  public void remove(Timeline timeline) throws IOException {
    timeline.storing().lock();
    try {
      timeline.close();
      timeline.store().removeAll();
    } finally {
      timeline.storing().unlock();
    }
  }

  /// Writes an image layer for pages that a record copies (CREATE DATABASE by file copy) and adds
  /// it to the timeline. It becomes durable with the record.
  public static void addImages(Timeline timeline, long lsn, Import content) throws IOException {
    TimelineStore.Draft draft = timeline.store().draft(LayerKind.IMAGE, lsn - 1, lsn);
    LayerSummary summary;
    try (LayerWriter writer = draft.writer()) {
      content.write(writer);
      if (writer.versions() == 0) {
        return;
      }
      summary = writer.finish();
    }
    timeline.store().forceNames();
    new TimelineKeeper(timeline).addImages(timeline.store().stored(draft.name(), 0, summary));
  }
}
