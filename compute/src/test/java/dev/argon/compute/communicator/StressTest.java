package dev.argon.compute.communicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.argon.compute.memory.BlockMap;
import dev.argon.compute.memory.SharedMemoryLayout;
import dev.argon.postgres.Fork;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The state machine of real processes under stress: no session ever meets an old page (IP-2, IP-5,
/// RQ-13, IC-4, IC-5, LS-3), and it would be noticed if one did.
class StressTest {

  private static final Path PLANTED = Path.of("src/test/planted").toAbsolutePath();

  @TempDir Path directory;

  /// IP-2, IP-5, RQ-10, RQ-13, IC-4, IC-5, LS-1, LS-3, §4, §5, §6, §23.
  @Test
  void noSessionMeetsAnOldPage() throws Exception {
    try (Stress stress =
        new Stress(directory, ShimServer.library(), TestLength.seed("StressTest"))) {

      Optional<String> found = stress.run(TestLength.choose(20, 600));

      var counters = stress.server.communicator.counters();
      var server = stress.server.memory.serverCounters();
      System.out.printf(
          "StressTest: %d statements, %d failed, %s, %d evicted, %d waits, %d ahead, %d refused,"
              + " %d late, %d zero%n",
          stress.statements(),
          stress.failures(),
          counters,
          stress.server.evictor.evictedBlocks(),
          server.waits(),
          server.readAheadBlocks(),
          stress.rough.refused(),
          stress.rough.late(),
          server.zeroPageErrors());
      assertThat(found).isEmpty();
      assertThat(server.zeroPageErrors()).isZero();
      assertThat(stress.statements()).isGreaterThan(500);
      assertThat(stress.server.evictor.evictedBlocks()).isGreaterThan(1000);
      assertThat(server.readAheadBlocks()).isGreaterThan(100);
      assertThat(server.waits()).isPositive();
      assertThat(counters.droppedPages()).isPositive();
      assertThat(stress.rough.refused()).isPositive();
      assertThat(stress.rough.late()).isPositive();
      assertThat(stress.failures()).isPositive();
      assertThat(Files.readString(stress.server.log)).doesNotContain("PANIC");
      everyBoundCoversTheLastWrite(stress);
    }
  }

  /// IC-5: what a request for a block would say now, against the last change that WAL has of it.
  private static void everyBoundCoversTheLastWrite(Stress stress) throws Exception {
    stress.server.execute("checkpoint");
    long rounds = stress.server.memory.workerRounds();
    await().until(() -> stress.server.memory.workerRounds() >= rounds + 2);
    long flushed = stress.server.memory.flushLsn().value();
    stress.wal.replayTo(flushed);
    BlockMap blocks = stress.server.memory.blocks();
    ByteBuffer page = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    int looked = 0;
    for (int index = 0; index < blocks.chunkHigh(); index++) {
      Optional<BlockMap.Chunk> chunk = blocks.chunk(index);
      if (chunk.isEmpty() || chunk.get().local() || chunk.get().fork() != Fork.MAIN) {
        continue;
      }
      for (int block = 0; block < SharedMemoryLayout.CHUNK_BLOCKS; block++) {
        int state = BlockMap.state(blocks.load(index, block));
        if (state == SharedMemoryLayout.ABSENT) {
          int number = chunk.get().number() * SharedMemoryLayout.CHUNK_BLOCKS + block;
          stress.wal.read(chunk.get().relation(), chunk.get().fork(), number, page.clear());
          long pageLsn = (long) page.getInt(0) << 32 | Integer.toUnsignedLong(page.getInt(4));
          if (pageLsn != 0) {
            looked++;
            assertThat(pageLsn)
                .as("%s, block %d", chunk.get(), number)
                .isLessThanOrEqualTo(blocks.notModifiedSinceLsn(index, block));
          }
        }
      }
    }
    assertThat(looked).isGreaterThan(50);
  }

  static Stream<Path> planted() throws Exception {
    try (Stream<Path> files = Files.list(PLANTED)) {
      return files.filter(file -> file.toString().endsWith(".patch")).sorted().toList().stream();
    }
  }

  /// §4, §5, §6.
  @ParameterizedTest
  @MethodSource("planted")
  void plantedFaultIsFound(Path patch) throws Exception {
    Path library = ShimBuild.planted(directory.resolve("build"), patch);
    try (Stress stress = new Stress(directory, library, TestLength.seed("StressTest"))) {

      Optional<String> found = stress.run(120);

      System.out.println("StressTest: " + patch.getFileName() + ": " + found);
      assertThat(found).isPresent();
    }
  }
}
