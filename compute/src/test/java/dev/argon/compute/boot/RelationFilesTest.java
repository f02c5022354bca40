package dev.argon.compute.boot;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.pageservice.BootMessage.RelationFork;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.RelFileNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The files before a start (§10 and §15).
class RelationFilesTest {

  private static final RelFileNode TABLE = new RelFileNode(1663, 5, 16384);
  private static final RelFileNode SHARED = new RelFileNode(1664, 0, 1262);
  private static final RelFileNode UNLOGGED = new RelFileNode(1663, 5, 16390);

  @TempDir Path directory;

  @BeforeEach
  void makeDirectories() throws IOException {
    Files.createDirectories(directory.resolve("base/5"));
    Files.createDirectories(directory.resolve("global"));
  }

  private void create(List<RelationFork> forks) throws Exception {
    new RelationFiles(directory)
        .create(forks, (relation, block, page) -> java.util.Arrays.fill(page, (byte) (block + 1)));
  }

  private long allocatedBytes(String file) throws Exception {
    Process stat =
        new ProcessBuilder("stat", "--format=%b", directory.resolve(file).toString()).start();
    return Long.parseLong(new String(stat.getInputStream().readAllBytes(), UTF_8).strip());
  }

  /// RQ-1, §13, §15.
  @Test
  void filesHaveTheSizeOfTheirForkAndTakeNoSpace() throws Exception {
    create(
        List.of(
            new RelationFork(TABLE, Fork.MAIN, 2 * RelationPath.SEGMENT_BLOCKS + 3),
            new RelationFork(TABLE, Fork.FREE_SPACE_MAP, 3),
            new RelationFork(SHARED, Fork.MAIN, 0)));

    assertThat(directory.resolve("base/5/16384")).hasSize(1L << 30);
    assertThat(directory.resolve("base/5/16384.1")).hasSize(1L << 30);
    assertThat(directory.resolve("base/5/16384.2")).hasSize(3 * 8192);
    assertThat(directory.resolve("base/5/16384.3")).doesNotExist();
    assertThat(directory.resolve("base/5/16384_fsm")).hasSize(3 * 8192);
    assertThat(directory.resolve("global/1262")).hasSize(0);
    assertThat(allocatedBytes("base/5/16384")).isZero();
  }

  /// §10, §15.
  @Test
  void unloggedRelationStartsAsItsInitFork() throws Exception {
    create(
        List.of(
            new RelationFork(UNLOGGED, Fork.MAIN, 100),
            new RelationFork(UNLOGGED, Fork.FREE_SPACE_MAP, 3),
            new RelationFork(UNLOGGED, Fork.VISIBILITY_MAP, 1),
            new RelationFork(UNLOGGED, Fork.INIT, 2)));

    byte[] main = Files.readAllBytes(directory.resolve("base/5/16390"));
    assertThat(main).hasSize(2 * 8192);
    assertThat(main[0]).isEqualTo((byte) 1);
    assertThat(main[8192]).isEqualTo((byte) 2);
    assertThat(directory.resolve("base/5/16390_init")).hasSize(2 * 8192);
    assertThat(directory.resolve("base/5/16390_fsm")).doesNotExist();
    assertThat(directory.resolve("base/5/16390_vm")).doesNotExist();
  }

  /// §13.
  @Test
  void tablespacesAreRefused() {
    RelFileNode elsewhere = new RelFileNode(16400, 5, 16401);

    assertThatThrownBy(() -> create(List.of(new RelationFork(elsewhere, Fork.MAIN, 1))))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("tablespace");
  }
}
