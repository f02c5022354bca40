package dev.argon.compute.kept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.compute.prewarm.CacheState;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.objectstore.DirectoryObjectStore;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.RelFileNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptStateTest {

  private static final Lsn END = new Lsn(0x2000);

  @TempDir Path directory;

  private KeptState kept;
  private Path stopped;
  private Path starting;

  @BeforeEach
  void create() throws Exception {
    kept =
        new KeptState(
            new DirectoryObjectStore(directory.resolve("store")),
            new TenantId(1, 2),
            new TimelineId(3, 4),
            "ep-1");
    stopped = directory.resolve("stopped");
    starting = directory.resolve("starting");
    Files.createDirectories(stopped.resolve("pg_stat"));
    Files.createDirectories(starting.resolve("pg_stat"));
    Files.writeString(stopped.resolve("pg_stat/pgstat.stat"), "counted");
    Files.writeString(stopped.resolve("pg_stat/pg_stat_statements.stat"), "seen");
  }

  private static List<String> names(Path data) throws IOException {
    try (Stream<Path> files = Files.list(data.resolve("pg_stat"))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void statisticsComeBackWhereTheyWereTaken() throws Exception {
    kept.keepStatistics(stopped, END);

    kept.restoreStatistics(starting, END);

    assertThat(names(starting)).containsExactly("pg_stat_statements.stat", "pgstat.stat");
    assertThat(Files.readString(starting.resolve("pg_stat/pgstat.stat"))).isEqualTo("counted");
  }

  @Test
  void statisticsOfAnotherPositionAreNotTaken() throws Exception {
    kept.keepStatistics(stopped, END);

    kept.restoreStatistics(starting, new Lsn(END.value() + 120));

    assertThat(names(starting)).isEmpty();
  }

  @Test
  void damagedObjectIsAsGoodAsNone() throws Exception {
    kept.keepStatistics(stopped, END);
    Path file;
    try (Stream<Path> files = Files.walk(directory.resolve("store"))) {
      file = files.filter(Files::isRegularFile).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);

    kept.restoreStatistics(starting, END);

    assertThat(names(starting)).isEmpty();
  }

  @Test
  void cacheStateComesBack() throws Exception {
    assertThat(kept.cacheState()).isEmpty();
    BitSet blocks = new BitSet();
    blocks.set(3, 9);
    CacheState state =
        new CacheState(
            7, List.of(new CacheState.Part(new RelFileNode(1663, 5, 16384), 0, 0)), blocks);

    kept.keepCacheState(state);

    assertThat(kept.cacheState()).contains(state);
  }
}
