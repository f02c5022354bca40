package dev.argon.compute.eviction;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.compute.memory.SharedMemoryLayout;
import dev.argon.postgres.Fork;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/// What may be dropped, by its bytes: §8, §9, §9b, §11, §12.
class KeepRuleTest {

  private static final long HORIZON_LSN = 0x5000000;
  private static final int DATABASE = 5;

  private final KeepRule rule = new KeepRule(HORIZON_LSN, HORIZON_LSN);

  /// A page with one item of 32 bytes.
  private static ByteBuffer page(long lsn, int specialSize) {
    ByteBuffer page = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    int special = 8192 - specialSize;
    page.putInt(0, (int) (lsn >>> 32)).putInt(4, (int) lsn);
    page.putShort(12, (short) 28).putShort(14, (short) (special - 64));
    page.putShort(16, (short) special).putShort(18, (short) (8192 | 4));
    page.putInt(24, (special - 64) | 1 << 15 | 64 << 17);
    page.put(special - 64 + 22, (byte) 24); // t_hoff
    return page;
  }

  @Test
  void blockThatWasNotWrittenHereMayGo() {
    assertThat(KeepRule.byFlags(SharedMemoryLayout.PRESENT, 0, Fork.VISIBILITY_MAP))
        .contains(Verdict.DROP);
  }

  /// §11.
  @Test
  void blockWhoseBytesAreInWalMayGo() {
    int word = SharedMemoryLayout.F_WRITTEN | SharedMemoryLayout.F_IMAGED;

    assertThat(KeepRule.byFlags(word, DATABASE, Fork.FREE_SPACE_MAP)).contains(Verdict.DROP);
    assertThat(KeepRule.byFlags(word, 0, Fork.MAIN)).contains(Verdict.DROP);
  }

  /// §11.
  @Test
  void mapPageWrittenWithoutImageStays() {
    assertThat(KeepRule.byFlags(SharedMemoryLayout.F_WRITTEN, DATABASE, Fork.VISIBILITY_MAP))
        .contains(Verdict.KEEP_MAP);
    assertThat(KeepRule.byFlags(SharedMemoryLayout.F_WRITTEN, DATABASE, Fork.FREE_SPACE_MAP))
        .contains(Verdict.KEEP_MAP);
  }

  @Test
  void sharedCatalogWrittenHereStays() {
    assertThat(KeepRule.byFlags(SharedMemoryLayout.F_WRITTEN, 0, Fork.MAIN))
        .contains(Verdict.KEEP_SHARED_CATALOG);
  }

  /// §8.
  @Test
  void heapPageStaysWhileItsTransactionMayRun() {
    assertThat(rule.judge(page(HORIZON_LSN + 8, 0), 0)).isEqualTo(Verdict.KEEP_TRANSACTION);
    assertThat(rule.judge(page(HORIZON_LSN, 0), 0)).isEqualTo(Verdict.DROP);
  }

  /// §8.
  @Test
  void positionsAreUnsigned() {
    assertThat(rule.judge(page(-8, 0), 0)).isEqualTo(Verdict.KEEP_TRANSACTION);
    assertThat(new KeepRule(-1, -1).judge(page(-8, 0), 0)).isEqualTo(Verdict.DROP);
  }

  /// §9b.
  @Test
  void btreePageWithCycleStaysWhileItsVacuumMayRun() {
    ByteBuffer page = page(HORIZON_LSN + 8, 16);
    assertThat(rule.judge(page, 0)).isEqualTo(Verdict.DROP);

    page.putShort(8190, (short) 3);
    assertThat(rule.judge(page, 0)).isEqualTo(Verdict.KEEP_VACUUM);

    page.putShort(8190, (short) 0xFF81); // GiST's mark in the same place
    assertThat(rule.judge(page, 0)).isEqualTo(Verdict.DROP);
  }

  /// §9.
  @Test
  void pageThatIsNotLoggedYetStays() {
    assertThat(rule.judge(page(0, 16), 0)).isEqualTo(Verdict.KEEP_LOW_LSN);
    assertThat(rule.judge(page(1, 8), 0)).isEqualTo(Verdict.KEEP_LOW_LSN);
  }

  /// §9.
  @Test
  void heapPageThatWasOnlyInitialisedMayGo() {
    ByteBuffer page = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    page.putShort(12, (short) 24).putShort(14, (short) 8192).putShort(16, (short) 8192);

    assertThat(rule.judge(page, 0)).isEqualTo(Verdict.DROP);
  }

  /// The root for nulls of an SP-GiST index that is being built. §9.
  @Test
  void indexPageThatWasOnlyInitialisedStays() {
    ByteBuffer page = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    page.putShort(12, (short) 24).putShort(14, (short) 8184).putShort(16, (short) 8184);
    page.putLong(8184, 0xFF82L << 48);

    assertThat(rule.judge(page, 0)).isEqualTo(Verdict.KEEP_LOW_LSN);
  }

  @Test
  void emptyPageNeedsNoSpace() {
    ByteBuffer page = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);

    assertThat(rule.judge(page, 0)).isEqualTo(Verdict.ZERO);
  }

  /// As PostgreSQL lays it out: one tuple of 41 bytes, aligned, before the magic number. §12.
  @Test
  void sequenceStaysWhileItHasValuesAheadOfWal() {
    ByteBuffer page = page(HORIZON_LSN - 8, 8);
    page.putInt(8184, 0x1717);
    int tuple = 8184 - 48;
    page.putShort(14, (short) tuple).putInt(24, tuple | 1 << 15 | 41 << 17);
    page.put(tuple + 22, (byte) 24);
    int data = tuple + 24;

    page.putLong(data, 41).putLong(data + 8, 32);
    assertThat(rule.judge(page, 0)).isEqualTo(Verdict.KEEP_SEQUENCE);

    page.putLong(data + 8, 0);
    assertThat(rule.judge(page, 0)).isEqualTo(Verdict.DROP);
  }

  /// Index pages, too, have eight bytes at their end; in four of them GIN and pgvector keep the
  /// next page's number, and that of block 5911 is the magic number of a sequence. §9, §12.
  @Test
  void indexPageBeforeBlock5911IsNoSequence() {
    for (long end : new long[] {0xFF90_0000_0000_1717L, 0xFF84_0000_0000_1717L, 0x1717}) {
      ByteBuffer page = page(0, 8).putLong(8184, end);
      assertThat(rule.judge(page, 5910)).as("%x, not logged", end).isEqualTo(Verdict.KEEP_LOW_LSN);

      page = page(HORIZON_LSN - 8, 8).putLong(8184, end).putLong(8184 - 64 + 24 + 8, 32);
      assertThat(rule.judge(page, 5910)).as("%x", end).isEqualTo(Verdict.DROP);
    }
  }

  @Test
  void anyBytesGetAVerdict() {
    java.util.Random random = new java.util.Random(1);
    byte[] bytes = new byte[8192];
    for (int i = 0; i < 2000; i++) {
      random.nextBytes(bytes);
      ByteBuffer page = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      if (i % 2 == 0) {
        page.putShort(16, (short) 8184).putInt(8184, 0x1717);
      }
      assertThat(rule.judge(page, 0)).isNotNull();
    }
  }

  /// IC-7, §5.
  @Test
  void replicaKeepsWhatMayHaveTheRecordInReplayOnItAndNothingElse() {
    KeepRule replica = KeepRule.replayed(HORIZON_LSN);

    assertThat(replica.byFlags(0, 5, Fork.MAIN, HORIZON_LSN + 8))
        .as("never written here")
        .contains(Verdict.DROP);
    for (int fork = 0; fork < Fork.COUNT; fork++) {
      assertThat(replica.byFlags(SharedMemoryLayout.F_WRITTEN, 0, fork, HORIZON_LSN))
          .contains(Verdict.DROP);
      assertThat(replica.byFlags(SharedMemoryLayout.F_WRITTEN, 5, fork, HORIZON_LSN + 8))
          .contains(Verdict.KEEP_REPLAY);
    }
    assertThat(KeepRule.replayed(0).byFlags(SharedMemoryLayout.F_WRITTEN, 5, Fork.MAIN, -8))
        .as("LSNs are unsigned")
        .contains(Verdict.KEEP_REPLAY);
  }
}
