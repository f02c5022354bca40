package dev.argon.compute.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.postgres.Lsn;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The steps of §6 on the shared file, and the bounds of §4 that they keep.
class BlockMapTest {

  private static final int CHUNK = 5;
  private static final int BLOCK = 1023;
  private static final int TOKEN = 7;

  @TempDir Path directory;

  private SharedMemory memory;
  private BlockMap blocks;

  @BeforeEach
  void create() throws Exception {
    memory =
        SharedMemory.create(
            directory.resolve("shared"),
            new SharedMemorySettings(
                new Lsn(0x1000028), SharedMemorySettings.Mode.PRIMARY, 10, 64));
    blocks = memory.blocks();
  }

  @AfterEach
  void close() {
    memory.close();
  }

  private void set(int word, int token, long boundLsn) {
    long at =
        memory.longAt(SharedMemoryLayout.HEADER_BLOCKS_OFFSET)
            + (CHUNK * (long) SharedMemoryLayout.CHUNK_BLOCKS + BLOCK) * 16;
    memory.setInt(at, word);
    memory.setInt(at + 4, token);
    memory.setLong(at + 8, boundLsn);
  }

  private int word() {
    return BlockMap.word(blocks.load(CHUNK, BLOCK));
  }

  /// IC-4.
  @Test
  void fetchedPageIsInstalledOnce() {
    set(SharedMemoryLayout.FETCHING | SharedMemoryLayout.F_WRITTEN, TOKEN, 99);

    assertThat(blocks.claimForInstalling(CHUNK, BLOCK, TOKEN)).isTrue();
    assertThat(blocks.claimForInstalling(CHUNK, BLOCK, TOKEN)).isFalse();
    blocks.installed(CHUNK, BLOCK, TOKEN, false);

    assertThat(word())
        .isEqualTo(
            SharedMemoryLayout.PRESENT
                | SharedMemoryLayout.F_WRITTEN
                | SharedMemoryLayout.F_USED
                | SharedMemoryLayout.F_IMAGED
                | SharedMemoryLayout.F_COUNTED);
    assertThat(memory.residentBlocks()).isEqualTo(1);
  }

  /// IC-4, §5, §6.
  @Test
  void lateAnswerIsDropped() {
    set(SharedMemoryLayout.FETCHING, TOKEN + 1, 0);

    assertThat(blocks.claimForInstalling(CHUNK, BLOCK, TOKEN)).isFalse();
    assertThat(blocks.isFetching(CHUNK, BLOCK, TOKEN)).isFalse();
    blocks.fetchFailed(CHUNK, BLOCK, TOKEN);

    assertThat(word()).isEqualTo(SharedMemoryLayout.FETCHING);
  }

  /// IC-2, IC-5, §4.
  @Test
  void evictionRaisesTheTokenAndKeepsTheBound() {
    int present = SharedMemoryLayout.PRESENT | SharedMemoryLayout.F_COUNTED;
    set(present | SharedMemoryLayout.F_WRITTEN | SharedMemoryLayout.F_IMAGED, TOKEN, 0x2000000);
    memory.countResident(1);

    int token = blocks.claimForEvicting(CHUNK, BLOCK, blocks.load(CHUNK, BLOCK));
    blocks.evicted(CHUNK, BLOCK, token);

    assertThat(token).isEqualTo(TOKEN + 1);
    assertThat(word()).isEqualTo(SharedMemoryLayout.ABSENT | SharedMemoryLayout.F_WRITTEN);
    assertThat(blocks.notModifiedSinceLsn(CHUNK, BLOCK)).isEqualTo(0x2000000);
    assertThat(memory.residentBlocks()).isZero();
  }

  /// IC-2, §4.
  @Test
  void blockNeverWrittenHasTheBootPositionAsItsBound() {
    set(SharedMemoryLayout.ABSENT, 0, 0x5000000);

    assertThat(blocks.notModifiedSinceLsn(CHUNK, BLOCK)).isEqualTo(0x1000028);
  }

  /// §6.
  @Test
  void blockThatChangedSinceItWasSeenIsNotEvicted() {
    set(SharedMemoryLayout.PRESENT | SharedMemoryLayout.F_COUNTED, TOKEN, 0);
    long seen = blocks.load(CHUNK, BLOCK);
    set(SharedMemoryLayout.WRITING | SharedMemoryLayout.F_COUNTED, TOKEN + 1, 0);

    assertThat(blocks.claimForEvicting(CHUNK, BLOCK, seen)).isZero();
  }
}
