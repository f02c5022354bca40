package dev.argon.safekeeper.tombstone;

import dev.argon.postgres.CorruptDataException;
import dev.argon.safekeeper.TimelineKey;
import dev.argon.safekeeper.failpoint.Failpoint;
import dev.argon.safekeeper.wal.Durable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.Optional;

/// The tombstones of a safekeeper. They are read when they are asked for, so that old ones cost
/// nothing. Used under the lock that guards creation and deletion of timelines.
public final class Tombstones {

  private static final String SUFFIX = ".tombstone";

  private final Path directory;
  private final Clock clock;

  public Tombstones(Path directory, Clock clock) {
    this.directory = directory;
    this.clock = clock;
  }

  private Path file(TimelineKey key) {
    return directory.resolve(key.tenant().toString()).resolve(key.timeline() + SUFFIX);
  }

  /// @throws CorruptDataException if there is one that cannot be read: treat the timeline as
  ///   deleted
  public Optional<Tombstone> find(TimelineKey key) throws IOException, CorruptDataException {
    Path file = file(key);
    ByteBuffer bytes;
    try {
      bytes = ByteBuffer.wrap(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    Tombstone tombstone = Tombstone.decode(bytes, file.toString());
    if (!tombstone.key().equals(key)) {
      throw new CorruptDataException(file + ": belongs to timeline " + tombstone.key());
    }
    return Optional.of(tombstone);
  }

  /// Leaves a tombstone, durably. One with a higher generation stays.
  public void leave(TimelineKey key, int generation) throws IOException, CorruptDataException {
    Optional<Tombstone> present = find(key);
    if (present.isPresent() && present.get().generation() >= generation) {
      return;
    }
    Path file = file(key);
    Path tenant = directory.resolve(key.tenant().toString());
    Durable.createDirectory(tenant);
    Path partial = tenant.resolve(file.getFileName() + ".partial");
    ByteBuffer bytes = new Tombstone(key, generation, clock.millis()).encode();
    try (FileChannel channel =
        FileChannel.open(
            partial,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      Durable.force(channel, partial, true);
    }
    Failpoint.TOMBSTONE_RENAME_BEFORE.hit();
    Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    Durable.syncDirectory(tenant);
    Failpoint.TOMBSTONE_AFTER.hit();
  }
}
