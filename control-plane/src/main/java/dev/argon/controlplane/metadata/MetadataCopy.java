package dev.argon.controlplane.metadata;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Copies the metadata database to the object store after each change: the file
/// `control-plane/metadata.db`, an SQLite database, replaced as a whole. Changes that come while a
/// copy is made share the next one.
public final class MetadataCopy implements AutoCloseable {

  private static final Logger LOG = System.getLogger(MetadataCopy.class.getName());

  /// What a restored database may lack is at most the starts of a pageserver since the last copy;
  /// one copy follows each of them within moments.
  private static final long GENERATIONS_SKIPPED_ON_RESTORE = 1000;

  private static final long RETRY_SECONDS = 5;

  private final Path objectStore;
  private final Path directory;
  private final Path target;
  private final Semaphore changes = new Semaphore(0);
  private volatile String problem = "";
  private volatile boolean closed;

  /// @param objectStore the object store's directory
  public MetadataCopy(Path objectStore) {
    this.objectStore = objectStore;
    directory = objectStore.resolve("control-plane");
    target = directory.resolve("metadata.db");
  }

  /// Puts the copy where the database should be, if that is missing and there is one.
  ///
  /// @return whether it did; then [#afterRestore] is due
  public boolean restoreIfMissing(Path database) throws IOException {
    if (Files.exists(database) || !Files.exists(target)) {
      return false;
    }
    Path temporary = database.resolveSibling(database.getFileName() + ".restore");
    Files.copy(target, temporary, StandardCopyOption.REPLACE_EXISTING);
    Files.move(temporary, database, StandardCopyOption.ATOMIC_MOVE);
    LOG.log(Level.WARNING, "{0} was missing: restored from {1}", database, target);
    return true;
  }

  /// Raises the generations of a restored database.
  public static void afterRestore(ProjectStore projects) {
    projects.raiseGenerations(GENERATIONS_SKIPPED_ON_RESTORE);
  }

  /// Something changed. Does not wait.
  public void changed() {
    changes.release();
  }

  /// Why the last copy failed; empty if it did not.
  public String problem() {
    return problem;
  }

  /// Copies after changes until closed; for a thread of its own.
  public void run(Database database) throws InterruptedException {
    while (true) {
      changes.acquire();
      int _ = changes.drainPermits();
      if (closed) {
        return;
      }
      while (!copy(database) && !closed) {
        boolean _ = changes.tryAcquire(RETRY_SECONDS, TimeUnit.SECONDS);
      }
    }
  }

  /// @return whether the copy is in the object store
  private boolean copy(Database database) {
    try {
      Files.createDirectories(directory);
      Path temporary = target.resolveSibling("metadata.db.new");
      Files.deleteIfExists(temporary);
      database.copyTo(temporary);
      try (FileChannel file = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        file.force(true);
      }
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      for (Path named : List.of(directory, objectStore)) {
        try (FileChannel names = FileChannel.open(named, StandardOpenOption.READ)) {
          names.force(true);
        }
      }
      problem = "";
      return true;
    } catch (IOException | MetadataException e) {
      if (problem.isEmpty()) {
        LOG.log(Level.ERROR, "cannot copy the metadata to " + target, e);
      }
      problem = "the metadata was not copied to " + target + ": " + e.getMessage();
      return false;
    }
  }

  @Override
  public void close() {
    closed = true;
    changes.release();
  }
}
