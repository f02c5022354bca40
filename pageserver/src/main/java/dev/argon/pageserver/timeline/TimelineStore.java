package dev.argon.pageserver.timeline;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.objectstore.ObjectKey;
import dev.argon.objectstore.ObjectStore;
import dev.argon.pageserver.layer.BlockCache;
import dev.argon.pageserver.layer.DurableFiles;
import dev.argon.pageserver.layer.LayerFile;
import dev.argon.pageserver.layer.LayerIdentity;
import dev.argon.pageserver.layer.LayerKind;
import dev.argon.pageserver.layer.LayerSummary;
import dev.argon.pageserver.layer.LayerWriter;
import dev.argon.postgres.CorruptDataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The files of one timeline, in its local directory and in the object store.
///
/// ```
/// <directory>/index                                  the local index
/// <directory>/<layer>                                 layers; those the index does not name are removed at start
/// tenants/<tenant>/timelines/<timeline>/<layer>       copies
/// tenants/<tenant>/timelines/<timeline>/index-<generation, 8 digits>
/// ```
///
/// A layer's name is `<d|i>-<start LSN>-<end LSN>-<generation>-<sequence>`; it is a name only.
final class TimelineStore {

  private static final String INDEX = "index";
  private static final String LAYER_NAME = "[di]-[0-9a-f]{16}-[0-9a-f]{16}-[0-9a-f]{8}-[0-9a-f]{8}";

  private final TenantId tenant;
  private final TimelineId timeline;
  private final Path directory;
  private final ObjectStore objects;
  private final Attachment attachment;
  private final BlockCache cache;
  private final AtomicLong nextSequence = new AtomicLong(1);
  private final AtomicLong nextFetch = new AtomicLong();

  /// Names of layers in the object store; for the uploading thread.
  private final Set<String> uploaded = new HashSet<>();

  TimelineStore(
      TenantId tenant,
      TimelineId timeline,
      Path directory,
      ObjectStore objects,
      Attachment attachment,
      BlockCache cache) {
    this.tenant = tenant;
    this.timeline = timeline;
    this.directory = directory;
    this.objects = objects;
    this.attachment = attachment;
    this.cache = cache;
  }

  Attachment attachment() {
    return attachment;
  }

  long nextSequence() {
    return nextSequence.get();
  }

  private String prefix() {
    return "tenants/" + tenant + "/timelines/" + timeline + "/";
  }

  private ObjectKey object(String name) {
    return new ObjectKey(prefix() + name);
  }

  /// A layer being written.
  record Draft(String name, LayerWriter writer) {}

  Draft draft(LayerKind kind, long startLsn, long endLsn) throws IOException {
    HexFormat hex = HexFormat.of();
    String name =
        (kind == LayerKind.DELTA ? "d-" : "i-")
            + hex.toHexDigits(startLsn)
            + "-"
            + hex.toHexDigits(endLsn)
            + "-"
            + hex.toHexDigits((int) attachment.generation())
            + "-"
            + hex.toHexDigits((int) nextSequence.getAndIncrement());
    DurableFiles.createDirectories(directory);
    return new Draft(
        name,
        new LayerWriter(
            directory.resolve(name), new LayerIdentity(tenant, timeline, kind, startLsn, endLsn)));
  }

  /// A layer that was written or is named by an index. It is fetched from the object store when it
  /// is first read and not here.
  StoredLayer stored(String name, int level, LayerSummary summary) {
    return new StoredLayer(
        name, level, new LayerFile(directory.resolve(name), summary, cache, _ -> fetch(name)));
  }

  private void fetch(String name) throws IOException {
    Path temporary = directory.resolve(name + "." + nextFetch.incrementAndGet() + ".tmp");
    DurableFiles.createDirectories(directory);
    try {
      objects.download(object(name), temporary);
      Files.move(temporary, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /// Makes the names of new layers durable.
  void forceNames() throws IOException {
    DurableFiles.forceDirectory(directory);
  }

  void writeLocal(TimelineIndex index) throws IOException {
    DurableFiles.createDirectories(directory);
    DurableFiles.replace(directory.resolve(INDEX), IndexFile.encode(index));
  }

  /// Copies layers, then the index.
  ///
  /// @return whether the generation was found to be current afterwards, so that what the index says
  ///   is the timeline's true state
  boolean upload(TimelineIndex index) throws IOException {
    for (TimelineIndex.Layer layer : index.layerList()) {
      if (uploaded.add(layer.name())) {
        boolean done = false;
        try {
          objects.put(object(layer.name()), directory.resolve(layer.name()));
          done = true;
        } finally {
          if (!done) {
            uploaded.remove(layer.name());
          }
        }
      }
    }
    objects.put(object(indexName(index.generation())), ByteBuffer.wrap(IndexFile.encode(index)));
    return attachment.isCurrent();
  }

  /// Removes copies of layers that the uploaded index does not name. Only with a current
  /// generation.
  void removeUploadedExcept(TimelineIndex index) throws IOException {
    Set<String> named =
        index.layerList().stream().map(TimelineIndex.Layer::name).collect(Collectors.toSet());
    for (String name : List.copyOf(uploaded)) {
      if (!named.contains(name)) {
        objects.delete(object(name));
        uploaded.remove(name);
      }
    }
  }

  private static String indexName(long generation) {
    return "index-" + HexFormat.of().toHexDigits((int) generation);
  }

  /// Finds the index that counts: the local one, unless the object store has a later one.
  ///
  /// @throws CorruptDataException if an index is there but not whole
  Optional<TimelineIndex> load() throws IOException, CorruptDataException {
    Optional<TimelineIndex> remote = loadRemote();
    remote.ifPresent(index -> index.layerList().forEach(layer -> uploaded.add(layer.name())));
    Optional<TimelineIndex> local = loadLocal();
    Optional<TimelineIndex> chosen =
        local.isPresent()
                && remote.isPresent()
                && remote.get().generation() > local.get().generation()
            ? remote
            : local.or(() -> remote);
    if (chosen.isPresent()) {
      nextSequence.set(chosen.get().nextSequence());
      removeStrangers(chosen.get());
    }
    return chosen;
  }

  private Optional<TimelineIndex> loadLocal() throws IOException, CorruptDataException {
    try {
      byte[] file = Files.readAllBytes(directory.resolve(INDEX));
      return Optional.of(checked(IndexFile.decode(file, directory.resolve(INDEX).toString())));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private Optional<TimelineIndex> loadRemote() throws IOException, CorruptDataException {
    String own = indexName(attachment.generation());
    Optional<ObjectKey> newest =
        objects.list(prefix() + "index-").stream()
            .map(ObjectStore.ObjectInfo::key)
            .filter(key -> key.name().compareTo(prefix() + own) <= 0)
            .reduce((_, later) -> later);
    if (newest.isEmpty()) {
      return Optional.empty();
    }
    byte[] file = objects.get(newest.get());
    return Optional.of(checked(IndexFile.decode(file, newest.get().name())));
  }

  private TimelineIndex checked(TimelineIndex index) throws CorruptDataException {
    if (!index.tenantId().equals(tenant.toString())
        || !index.timelineId().equals(timeline.toString())) {
      throw new CorruptDataException(
          "the index of timeline "
              + timeline
              + " is that of "
              + index.tenantId()
              + "/"
              + index.timelineId());
    }
    return index;
  }

  /// Removes what a crash has left: layers that no index names, temporary files.
  private void removeStrangers(TimelineIndex index) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    Set<String> named =
        index.layerList().stream().map(TimelineIndex.Layer::name).collect(Collectors.toSet());
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".tmp") || (name.matches(LAYER_NAME) && !named.contains(name))) {
          Files.delete(file);
        }
      }
    }
  }

  /// Removes everything: the local index, then the ones in the object store, oldest first, then the
  /// rest. Until the last index is gone the timeline can come back whole.
  void removeAll() throws IOException {
    Files.deleteIfExists(directory.resolve(INDEX));
    for (ObjectStore.ObjectInfo info : objects.list(prefix() + "index-")) {
      objects.delete(info.key());
    }
    for (ObjectStore.ObjectInfo info : objects.list(prefix())) {
      objects.delete(info.key());
    }
    uploaded.clear();
    removeLocal();
    Files.deleteIfExists(directory);
  }

  /// Removes local files, of an attempt to make this timeline that failed.
  void removeLocal() throws IOException {
    if (Files.isDirectory(directory)) {
      Files.deleteIfExists(directory.resolve(INDEX));
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
