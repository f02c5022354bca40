package dev.argon.safekeeper.timeline;

import dev.argon.identity.NodeId;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.postgres.CorruptDataException;
import dev.argon.quorum.ControlState;
import dev.argon.safekeeper.TimelineKey;
import dev.argon.safekeeper.control.ArchiveState;
import dev.argon.safekeeper.control.ControlContent;
import dev.argon.safekeeper.control.ControlFile;
import dev.argon.safekeeper.failpoint.Failpoint;
import dev.argon.safekeeper.tombstone.Tombstone;
import dev.argon.safekeeper.tombstone.Tombstones;
import dev.argon.safekeeper.wal.Disk;
import dev.argon.safekeeper.wal.Durable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// All timelines of this safekeeper. A timeline is a directory with a control file; only [#create],
/// on the control plane's word, makes one.
public final class Timelines implements AutoCloseable {

  private static final System.Logger LOGGER = System.getLogger(Timelines.class.getName());
  private static final Comparator<TimelineKey> ORDER =
      Comparator.comparing(TimelineKey::tenant).thenComparing(TimelineKey::timeline);

  /// How files in a timeline's directory are named that are made while something is fetched or
  /// gathered: of no use to a later process.
  public static final String TEMPORARY_PREFIX = "fetched-";

  /// Timelines on their way here: gathered, checked, and then renamed to their place.
  private static final String INCOMING = "incoming";

  /// Timelines on their way out, in a directory of their own in there.
  private static final String DISCARDED = "discarded";

  /// Threads that look through WAL at the start: it is the disk that takes the time.
  private static final int OPENING_THREADS = 4;

  private final NodeId node;
  private final Path directory;
  private final Timeline.Parts parts;
  private final Tombstones tombstones;

  /// Guards creation and deletion.
  private final ReentrantLock lock = new ReentrantLock();

  private final Map<TimelineKey, Slot> slots = new ConcurrentSkipListMap<>(ORDER);

  /// A timeline that works, or one that cannot be used and why.
  public sealed interface Slot {
    record Usable(Timeline timeline) implements Slot {}

    record Unusable(String reason) implements Slot {}
  }

  private Timelines(NodeId node, Path directory, Timeline.Parts parts, Clock clock) {
    this.node = node;
    this.directory = directory;
    this.parts = parts;
    tombstones = new Tombstones(directory, clock);
  }

  /// Opens all timelines found below `directory`.
  public static Timelines open(NodeId node, Path directory, Timeline.Parts parts, Clock clock)
      throws IOException {
    Timelines timelines = new Timelines(node, directory, parts, clock);
    Path incoming = directory.resolve(INCOMING);
    Directories.delete(incoming); // what an earlier process did not finish
    Durable.createDirectory(incoming);
    ExecutorService openers =
        Executors.newFixedThreadPool(
            OPENING_THREADS, Thread.ofPlatform().name("open-timelines-", 0).factory());
    try (openers) {
      for (Path tenant : subdirectories(directory)) {
        if (tenant.equals(incoming)) {
          continue;
        }
        for (Path timeline : subdirectories(tenant)) {
          openers.execute(() -> timelines.load(tenant, timeline));
        }
      }
    }
    return timelines;
  }

  private static List<Path> subdirectories(Path parent) throws IOException {
    try (Stream<Path> entries = Files.list(parent)) {
      return entries.filter(Files::isDirectory).sorted().toList();
    }
  }

  private void load(Path tenantDirectory, Path timelineDirectory) {
    TimelineKey key;
    try {
      key =
          new TimelineKey(
              TenantId.parse(String.valueOf(tenantDirectory.getFileName())),
              TimelineId.parse(String.valueOf(timelineDirectory.getFileName())));
    } catch (IllegalArgumentException e) {
      LOGGER.log(Level.WARNING, "not a timeline''s directory: {0}", timelineDirectory);
      return;
    }
    if (isDiscarded(key, tenantDirectory, timelineDirectory)) {
      return;
    }
    deleteTemporary(timelineDirectory);
    Slot slot = openSlot(key, timelineDirectory);
    if (slot instanceof Slot.Unusable(String reason)) {
      LOGGER.log(Level.ERROR, "timeline {0} does not vote: {1}", key, reason);
    }
    slots.put(key, slot);
  }

  /// What an earlier process was about to fetch or to archive when it was killed.
  private static void deleteTemporary(Path timelineDirectory) {
    try (DirectoryStream<Path> left =
        Files.newDirectoryStream(timelineDirectory, TEMPORARY_PREFIX + "*")) {
      for (Path file : left) {
        Files.delete(file);
      }
    } catch (IOException | DirectoryIteratorException e) {
      LOGGER.log(Level.WARNING, "files that are of no use stay in " + timelineDirectory, e);
    }
  }

  /// Finishes what an earlier process began: a timeline that was buried in its own generation or a
  /// later one is to be gone.
  private boolean isDiscarded(TimelineKey key, Path tenantDirectory, Path timelineDirectory) {
    try {
      Optional<Tombstone> tombstone = tombstones.find(key);
      if (tombstone.isEmpty()) {
        return false;
      }
      int buried = tombstone.get().generation();
      OptionalInt own = ownGeneration(key);
      // One that came back and has lost its control file since is damaged, and not deleted.
      boolean isBuried =
          buried == Tombstone.FOR_EVER || (own.isPresent() && own.getAsInt() <= buried);
      if (isBuried) {
        discard(key, tenantDirectory, timelineDirectory);
        LOGGER.log(Level.INFO, "timeline {0} was deleted before, now its files are", key);
      }
      return isBuried;
    } catch (IOException | CorruptDataException e) {
      LOGGER.log(Level.WARNING, "timeline " + key + ": whether it was deleted is not known", e);
      return false;
    }
  }

  private Slot openSlot(TimelineKey key, Path timelineDirectory) {
    if (!Files.exists(timelineDirectory.resolve(ControlFile.NAME))) {
      return new Slot.Unusable("it has no control file");
    }
    try {
      ControlFile file = new ControlFile(Disk.LOCAL, timelineDirectory);
      ControlContent content = file.read();
      if (!content.node().equals(node)) {
        return new Slot.Unusable(
            "its control file belongs to safekeeper " + content.node() + ", this one is " + node);
      }
      if (!content.key().equals(key)) {
        return new Slot.Unusable("its control file belongs to timeline " + content.key());
      }
      return new Slot.Usable(Timeline.open(content, file, timelineDirectory, parts));
    } catch (CorruptDataException | IOException | IllegalArgumentException e) {
      LOGGER.log(Level.DEBUG, "timeline " + key, e);
      return new Slot.Unusable(String.valueOf(e.getMessage()));
    }
  }

  /// The timelines and what is wrong with those that are not usable, in order.
  public Map<TimelineKey, Slot> slots() {
    return slots;
  }

  /// The timelines that work.
  public List<Timeline> usable() {
    List<Timeline> usable = new ArrayList<>();
    for (Slot slot : slots.values()) {
      if (slot instanceof Slot.Usable(Timeline timeline)) {
        usable.add(timeline);
      }
    }
    return usable;
  }

  /// Whether this timeline is still the one of its name.
  public boolean isCurrent(Timeline timeline) {
    return slots.get(timeline.key()) instanceof Slot.Usable(Timeline current)
        && current == timeline;
  }

  /// @throws RefusedException if there is none, or it cannot be used
  public Timeline require(TimelineKey key) throws RefusedException {
    @Nullable Slot slot = slots.get(key);
    return switch (slot) {
      case null ->
          throw new RefusedException(
              "42704",
              "timeline "
                  + key
                  + " does not exist on safekeeper "
                  + node
                  + "; only the control plane creates timelines");
      case Slot.Usable(Timeline timeline) -> timeline;
      case Slot.Unusable(String reason) ->
          throw new RefusedException(
              "XX001", "timeline " + key + " cannot be used on safekeeper " + node + ": " + reason);
    };
  }

  /// Creates a timeline, durably. The same again changes nothing.
  ///
  /// @throws RefusedException if it exists with other properties, or cannot be used
  public Timeline create(TimelineKey key, ControlState initial)
      throws IOException, RefusedException, CorruptDataException {
    lock.lock();
    try {
      if (slots.containsKey(key)) {
        return existing(key, initial);
      }
      Timeline.layoutOf(initial.server());
      refuseBuried(key, initial.membership().generation());
      Path tenantDirectory = directory.resolve(key.tenant().toString());
      Path timelineDirectory = tenantDirectory.resolve(key.timeline().toString());
      Durable.createDirectory(tenantDirectory);
      // It gets its name whole: a directory without a control file is a member that has lost it,
      // which could never be created again.
      ControlContent content = new ControlContent(node, key, initial, ArchiveState.NONE);
      Path gathered = incomingDirectory(key);
      try {
        new ControlFile(Disk.LOCAL, gathered).write(content);
        Failpoint.TIMELINE_CREATE_MIDDLE.hit();
        Files.move(gathered, timelineDirectory, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        discardIncoming(gathered);
      }
      Durable.syncDirectory(tenantDirectory);
      ControlFile file = new ControlFile(Disk.LOCAL, timelineDirectory);
      Timeline timeline = Timeline.open(content, file, timelineDirectory, parts);
      slots.put(key, new Slot.Usable(timeline));
      parts.observer().changed(timeline);
      LOGGER.log(Level.INFO, "timeline {0} created at {1}", key, initial.timelineStartLsn());
      return timeline;
    } finally {
      lock.unlock();
    }
  }

  private Timeline existing(TimelineKey key, ControlState initial) throws RefusedException {
    Timeline timeline = require(key);
    ControlState present = timeline.persisted();
    boolean same =
        present.timelineStartLsn().equals(initial.timelineStartLsn())
            && present.server().equals(initial.server())
            && present.membership().equals(initial.membership());
    if (!same) {
      throw new RefusedException("42710", "timeline " + key + " exists with other properties");
    }
    return timeline;
  }

  /// @throws RefusedException if the timeline was deleted here in this generation or a later one
  public void refuseBuried(TimelineKey key, int generation)
      throws IOException, RefusedException, CorruptDataException {
    Optional<Tombstone> tombstone = tombstones.find(key);
    if (tombstone.isPresent() && generation <= tombstone.get().generation()) {
      throw new RefusedException(
          "55000",
          "timeline "
              + key
              + " was deleted on safekeeper "
              + node
              + " in generation "
              + tombstone.get().generation()
              + ", so it cannot come back in generation "
              + generation);
    }
  }

  /// A new directory for a timeline that is gathered here; gone at the next start if it is not
  /// installed before.
  public Path incomingDirectory(TimelineKey key) throws IOException {
    return Files.createTempDirectory(directory.resolve(INCOMING), key.timeline() + "-");
  }

  /// Removes what [#incomingDirectory] made, if it was not installed.
  public void discardIncoming(Path gathered) throws IOException {
    Directories.delete(gathered);
  }

  /// Takes over a timeline whose files, control file included, lie whole in `gathered`. They are
  /// made durable, looked through, and renamed to their place: the timeline is there whole or not
  /// at all.
  ///
  /// @throws RefusedException if it exists already, or was deleted in this generation or later
  /// @throws CorruptDataException if the files are not a timeline of this node and name
  public Timeline install(TimelineKey key, Path gathered)
      throws IOException, RefusedException, CorruptDataException {
    ControlContent content = new ControlFile(Disk.LOCAL, gathered).read();
    if (!content.node().equals(node) || !content.key().equals(key)) {
      throw new CorruptDataException(
          "a control file of timeline " + content.key() + " on safekeeper " + content.node());
    }
    // Opened where it is first: it must be whole before it gets its name.
    Timeline.open(content, new ControlFile(Disk.LOCAL, gathered), gathered, parts).wal().close();
    lock.lock();
    try {
      if (slots.containsKey(key)) {
        throw new RefusedException("42710", "timeline " + key + " exists already");
      }
      refuseBuried(key, content.state().membership().generation());
      Path tenantDirectory = directory.resolve(key.tenant().toString());
      Path timelineDirectory = tenantDirectory.resolve(key.timeline().toString());
      Directories.sync(gathered);
      Durable.createDirectory(tenantDirectory);
      Failpoint.PULL_RENAME_BEFORE.hit();
      Files.move(gathered, timelineDirectory, StandardCopyOption.ATOMIC_MOVE);
      Failpoint.PULL_RENAME_AFTER.hit();
      Durable.syncDirectory(tenantDirectory);
      Slot slot = openSlot(key, timelineDirectory);
      slots.put(key, slot);
      LOGGER.log(Level.INFO, "timeline {0} installed up to {1}", key, content.state().flushLsn());
      Timeline timeline = require(key);
      parts.observer().changed(timeline);
      return timeline;
    } finally {
      lock.unlock();
    }
  }

  /// Removes a timeline and its WAL from this disk, durably, and leaves a tombstone, also if it was
  /// not here.
  ///
  /// @param generation it does not come back in this one or a lower one, nor in its own or a lower
  ///   one; if absent and its own is not known: never
  /// @return whether it was here
  public boolean delete(TimelineKey key, OptionalInt generation)
      throws IOException, CorruptDataException {
    lock.lock();
    try {
      OptionalInt own = ownGeneration(key);
      int both = Math.max(generation.orElse(0), own.orElse(0));
      tombstones.leave(key, both > 0 ? both : Tombstone.FOR_EVER);
      @Nullable Slot slot = slots.remove(key);
      if (slot instanceof Slot.Usable(Timeline timeline)) {
        timeline.close();
      }
      Path tenantDirectory = directory.resolve(key.tenant().toString());
      Path timelineDirectory = tenantDirectory.resolve(key.timeline().toString());
      if (!Files.isDirectory(timelineDirectory)) {
        return slot != null;
      }
      discard(key, tenantDirectory, timelineDirectory);
      Failpoint.TIMELINE_DELETE_AFTER.hit();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// Removes the directory of a buried timeline. It loses its name at once: whatever comes between,
  /// the timeline is whole and its tombstone finishes the work at the next start, or it is gone.
  private void discard(TimelineKey key, Path tenantDirectory, Path timelineDirectory)
      throws IOException {
    Path discarded = incomingDirectory(key);
    Files.move(timelineDirectory, discarded.resolve(DISCARDED), StandardCopyOption.ATOMIC_MOVE);
    Durable.syncDirectory(tenantDirectory);
    Failpoint.TIMELINE_DELETE_MIDDLE.hit();
    Directories.delete(discarded);
  }

  private OptionalInt ownGeneration(TimelineKey key) {
    if (slots.get(key) instanceof Slot.Usable(Timeline timeline)) {
      return OptionalInt.of(timeline.state().control().membership().generation());
    }
    Path timelineDirectory =
        directory.resolve(key.tenant().toString()).resolve(key.timeline().toString());
    try {
      return OptionalInt.of(
          new ControlFile(Disk.LOCAL, timelineDirectory).read().state().membership().generation());
    } catch (IOException | CorruptDataException e) {
      LOGGER.log(Level.DEBUG, "timeline " + key + " has no control file that can be read", e);
      return OptionalInt.empty();
    }
  }

  /// Closes all timelines: everything they have is durable afterwards.
  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (Timeline timeline : usable()) {
      try {
        timeline.close();
      } catch (IOException e) {
        failure = e;
        LOGGER.log(Level.ERROR, "closing timeline " + timeline.key(), e);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
