package dev.argon.compute.kept;

import dev.argon.compute.prewarm.CacheState;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.objectstore.ObjectKey;
import dev.argon.objectstore.ObjectStore;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Statistics and the list of cached blocks of one endpoint, kept over its starts. Whatever goes
/// wrong is logged, and the endpoint goes on without. From any thread.
public final class KeptState {

  private static final Logger LOG = System.getLogger(KeptState.class.getName());

  private static final String STATISTICS_DIRECTORY = "pg_stat";

  /// `PGSTAT_STAT_PERMANENT_FILENAME` (pgstat.h). The server deletes it when it has read it.
  private static final String STATISTICS_FILE = "pgstat.stat";

  private static final String STATE = "state";

  /// More is not kept: it has to fit into a small heap.
  private static final long STATISTICS_BYTES_MAX = 16 << 20;

  private final ObjectStore objects;
  private final String prefix;

  /// @param endpoint its id, as it can stand in an object's name
  public KeptState(ObjectStore objects, TenantId tenant, TimelineId timeline, String endpoint) {
    this.objects = objects;
    prefix = "tenants/" + tenant + "/timelines/" + timeline + "/endpoints/" + endpoint + "/";
  }

  private ObjectKey key(String name) {
    return new ObjectKey(prefix + name);
  }

  private Optional<KeptObject> get(String name) {
    try {
      return Optional.of(KeptObject.decode(objects.get(key(name))));
    } catch (NoSuchFileException e) {
      LOG.log(Level.DEBUG, "nothing is kept as {0}", key(name));
    } catch (IOException | CorruptDataException e) {
      LOG.log(Level.WARNING, "cannot use {0}: {1}", key(name), e.toString());
    }
    return Optional.empty();
  }

  private void put(String name, KeptObject object) {
    try {
      objects.put(key(name), object.encode());
    } catch (IOException e) {
      LOG.log(Level.WARNING, "cannot keep {0}: {1}", key(name), e.toString());
    }
  }

  /// The blocks that were here when it was last written down.
  public Optional<CacheState> cacheState() {
    Optional<byte[]> bytes =
        get("cache-state").flatMap(object -> Optional.ofNullable(object.entries().get(STATE)));
    if (bytes.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(CacheState.decode(bytes.get()));
    } catch (CorruptDataException e) {
      LOG.log(Level.WARNING, "cannot use {0}: {1}", key("cache-state"), e.toString());
      return Optional.empty();
    }
  }

  public void keepCacheState(CacheState state) {
    put("cache-state", new KeptObject(Lsn.INVALID, Map.of(STATE, state.encode())));
  }

  /// Keeps the files that PostgreSQL has written with its shutdown checkpoint; without one there
  /// are none, and what was kept before stays.
  ///
  /// @param end of that checkpoint, which is the end of the log
  public void keepStatistics(Path dataDirectory, Lsn end) {
    if (!Files.exists(dataDirectory.resolve(STATISTICS_DIRECTORY).resolve(STATISTICS_FILE))) {
      return;
    }
    try {
      Map<String, byte[]> files = new TreeMap<>();
      long size = 0;
      for (Path file : regularFiles(dataDirectory.resolve(STATISTICS_DIRECTORY))) {
        size += Files.size(file);
        if (size > STATISTICS_BYTES_MAX) {
          LOG.log(Level.WARNING, "statistics of more than {0} bytes are not kept", size);
          return;
        }
        files.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
      put("statistics", new KeptObject(end, files));
    } catch (IOException e) {
      LOG.log(Level.WARNING, "cannot keep the statistics: {0}", e.toString());
    }
  }

  private static List<Path> regularFiles(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> KeptObject.isName(file.getFileName().toString()))
          .toList();
    }
  }

  /// Puts the kept files where a server finds them that boots at `end`, if they are of that
  /// position.
  public void restoreStatistics(Path dataDirectory, Lsn end) {
    Optional<KeptObject> kept = get("statistics").filter(object -> object.lsn().equals(end));
    if (kept.isEmpty()) {
      return;
    }
    try {
      for (Map.Entry<String, byte[]> file : kept.get().entries().entrySet()) {
        Files.write(
            dataDirectory.resolve(STATISTICS_DIRECTORY).resolve(file.getKey()), file.getValue());
      }
      LOG.log(Level.INFO, "the statistics of the last stop are back");
    } catch (IOException e) {
      LOG.log(Level.WARNING, "cannot put the statistics back: {0}", e.toString());
    }
  }
}
