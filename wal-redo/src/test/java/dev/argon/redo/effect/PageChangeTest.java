package dev.argon.redo.effect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.slru.CommitLog;
import dev.argon.postgres.slru.MultiXactMembers;
import dev.argon.postgres.slru.MultiXactOffsets;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PageChangeTest {

  private static byte[] filled(int value) {
    byte[] page = new byte[8192];
    Arrays.fill(page, (byte) value);
    return page;
  }

  private static void apply(byte[] page, PageChange change) throws CorruptDataException {
    PageChange.apply(ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN), change.encode(), 0x1234);
  }

  /// The bytes are kept in layers: they must not change from release to release.
  @Test
  void encodingIsTheDocumentedOne() {
    HexFormat hex = HexFormat.of();
    assertThat(hex.formatHex(new PageChange.VisibilityClear(3, new int[] {1, 258}).encode()))
        .isEqualTo("11030100000002010000");
    assertThat(hex.formatHex(new PageChange.VisibilityTruncate(259).encode())).isEqualTo("120301");
    assertThat(hex.formatHex(new PageChange.FreeSpaceTruncate(4068).encode())).isEqualTo("13e40f");
    assertThat(hex.formatHex(new PageChange.TransactionStates(1, new int[] {-1, 3}).encode()))
        .isEqualTo("1401ffffffff03000000");
    assertThat(
            hex.formatHex(
                new PageChange.MultiXactOffsetsSet(new int[] {1}, new int[] {2}).encode()))
        .isEqualTo("150100000002000000");
    assertThat(
            hex.formatHex(
                new PageChange.MultiXactMembersSet(7, new int[] {9}, new int[] {5}).encode()))
        .isEqualTo("16070000000900000005");
  }

  @Test
  void onlyTheNamedVisibilityBitsAreCleared() throws CorruptDataException {
    byte[] page = filled(0xFF);

    apply(page, new PageChange.VisibilityClear(2, new int[] {32672 + 5, 0}));

    assertThat(page[24] & 0xFF).isEqualTo(0b1111_1101);
    assertThat(page[25] & 0xFF).isEqualTo(0b1111_0111);
    assertThat(page[23] & 0xFF).isEqualTo(0xFF);
    assertThat(page[26] & 0xFF).isEqualTo(0xFF);
  }

  @Test
  void truncatedVisibilityMapKeepsTheFirstBlocks() throws CorruptDataException {
    byte[] page = filled(0xFF);

    apply(page, new PageChange.VisibilityTruncate(6));

    assertThat(page[23] & 0xFF).isEqualTo(0xFF);
    assertThat(page[24] & 0xFF).isEqualTo(0xFF);
    assertThat(page[25] & 0xFF).isEqualTo(0x0F);
    assertThat(Arrays.copyOfRange(page, 26, 8192)).containsOnly(0);
  }

  @Test
  void truncatedFreeSpaceMapHasTheMaximumOfWhatIsLeft() throws CorruptDataException {
    byte[] page = new byte[8192];
    int leaves = 28 + 4095;
    page[leaves + 3] = 7;
    page[leaves + 2000] = 90;
    apply(page, new PageChange.FreeSpaceTruncate(2001));
    assertThat(page[28]).as("the root is only corrected when something was cleared").isZero();
    page[leaves + 4000] = 100;

    apply(page, new PageChange.FreeSpaceTruncate(3999));
    assertThat(page[28]).isEqualTo((byte) 90);
    apply(page, new PageChange.FreeSpaceTruncate(4));
    assertThat(page[28]).isEqualTo((byte) 7);
    apply(page, new PageChange.FreeSpaceTruncate(3));
    assertThat(page).containsOnly(0);
  }

  @Test
  void freeSpaceMapBlocksAreThoseOfPostgres() {
    // fsm_logical_to_physical: two pages above, and one more for each 4069 pages of a level.
    assertThat(FreeSpaceMap.SLOTS_PER_PAGE).isEqualTo(4069);
    assertThat(FreeSpaceMap.mapBlock(0)).isEqualTo(2);
    assertThat(FreeSpaceMap.mapBlock(4068)).isEqualTo(2);
    assertThat(FreeSpaceMap.mapBlock(4069)).isEqualTo(3);
    assertThat(FreeSpaceMap.mapBlock(4069 * 4069)).isEqualTo(4069 + 3);
    assertThat(FreeSpaceMap.slot(4070)).isEqualTo(1);
  }

  @Test
  void slruEntriesAreSet() throws CorruptDataException {
    byte[] page = filled(0xFF);
    apply(page, new PageChange.TransactionStates(CommitLog.ABORTED, new int[] {5, 32768 + 6}));
    assertThat(CommitLog.state(page, 4)).isEqualTo(3);
    assertThat(CommitLog.state(page, 5)).isEqualTo(CommitLog.ABORTED);
    assertThat(CommitLog.state(page, 6)).isEqualTo(CommitLog.ABORTED);

    byte[] offsets = new byte[8192];
    apply(offsets, new PageChange.MultiXactOffsetsSet(new int[] {2047, 2046}, new int[] {-2, 9}));
    assertThat(MultiXactOffsets.offset(offsets, 2047)).isEqualTo(-2);
    assertThat(MultiXactOffsets.offset(offsets, 2046)).isEqualTo(9);

    byte[] members = new byte[8192];
    int first = MultiXactMembers.PER_PAGE - 2;
    apply(members, new PageChange.MultiXactMembersSet(first, new int[] {11, 12}, new int[] {4, 5}));
    assertThat(MultiXactMembers.transactionId(members, first + 1)).isEqualTo(12);
    assertThat(MultiXactMembers.state(members, first)).isEqualTo(4);
    assertThat(Arrays.copyOfRange(members, 8180, 8192)).containsOnly(0);
  }

  @Test
  void anyBytesAreAChangeOrCorruption() {
    Random random = new Random(4);
    ByteBuffer page = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    int applied = 0;
    for (int round = 0; round < 200_000; round++) {
      byte[] change = new byte[random.nextInt(24)];
      random.nextBytes(change);
      if (change.length > 0 && round % 8 != 0) {
        change[0] = (byte) (0x10 + random.nextInt(8));
      }
      try {
        PageChange.apply(page, change, 0);
        applied++;
      } catch (CorruptDataException e) {
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
    assertThat(applied).isGreaterThan(5_000);
    assertThatThrownBy(() -> PageChange.apply(page, new byte[] {0x21, 3, 0, 0, 0, 0}, 0))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("21");
  }
}
