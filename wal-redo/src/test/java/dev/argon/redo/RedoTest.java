package dev.argon.redo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.wal.BlockReference;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.postgres.wal.WalRecordWriter;
import dev.argon.redo.page.LinePointer;
import dev.argon.redo.page.PageHeader;
import dev.argon.redo.page.PageItems;
import dev.argon.redo.page.RedoScratch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Single records, byte by byte, and those that must be refused.
class RedoTest {

  private static final RelFileNode RELATION = new RelFileNode(1663, 5, 16384);
  private static final RedoSettings HINTS_NOT_LOGGED = new RedoSettings(false);
  private static final RedoSettings HINTS_LOGGED = new RedoSettings(true);
  private static final long END = 0x1_0000_0100L;
  private static final byte[] NOTHING = {};

  private final ByteBuffer page =
      ByteBuffer.allocate(PageStore.PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);

  private static WalRecord record(int manager, int info, String main, BlockReference... blocks)
      throws CorruptDataException {
    byte[] bytes = WalRecordWriter.record(manager, info, 777, 8, List.of(blocks), hex(main));
    return WalRecord.decode(bytes, 0, bytes.length);
  }

  private static BlockReference block(int id, int fork, int block, boolean init, String data) {
    return new BlockReference(id, RELATION, fork, block, init, hex(data), NOTHING);
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  private String bytes(int from, int length) {
    byte[] bytes = new byte[length];
    page.get(from, bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /// One tuple of one int column: infomask2 1, infomask 0x0800, data at 24.
  private static WalRecord insert(int info, boolean init, String item) throws CorruptDataException {
    return record(
        ResourceManager.HEAP,
        info,
        item + " 00",
        block(0, 0, 0x12345, init, "0100 0008 18 00 2a000000"));
  }

  @Test
  void insertIntoNewPageHasPostgresBytes() throws Exception {
    Redo.apply(page, insert(0x80, true, "0100"), 0, END, HINTS_NOT_LOGGED);

    assertThat(bytes(0, 28))
        .isEqualTo("01000000000100000000" + "0000" + "1c00e01f0020042000000000" + "e09f3800");
    assertThat(bytes(0x1FE0, 28))
        .isEqualTo(
            "09030000" + "00000000" + "00000000" + "010045230100" + "01000008" + "18002a000000");
  }

  @Test
  void insertBehindTheNextItemIsRefused() throws Exception {
    Redo.apply(page, insert(0x80, true, "0100"), 0, END, HINTS_NOT_LOGGED);

    assertThatThrownBy(() -> Redo.apply(page, insert(0, false, "0300"), 0, END, HINTS_NOT_LOGGED))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("Heap/00")
        .hasMessageContaining("1663/5/16384")
        .hasMessageContaining("new item 3");
  }

  @Test
  void insertOverItemInUseIsRefused() throws Exception {
    Redo.apply(page, insert(0x80, true, "0100"), 0, END, HINTS_NOT_LOGGED);

    assertThatThrownBy(() -> Redo.apply(page, insert(0, false, "0100"), 0, END, HINTS_NOT_LOGGED))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("in use");
  }

  @Test
  void insertUntilThePageIsFullEndsWithAnError() throws Exception {
    Redo.apply(page, insert(0x80, true, "0100"), 0, END, HINTS_NOT_LOGGED);
    int fits = 1;
    while (PageHeader.upper(page) - PageHeader.lower(page) >= 36) {
      fits++;
      Redo.apply(
          page,
          insert(0, false, "%02x%02x".formatted(fits & 0xFF, fits >> 8)),
          0,
          END,
          HINTS_NOT_LOGGED);
    }
    String next = "%02x%02x".formatted((fits + 1) & 0xFF, (fits + 1) >> 8);

    assertThat(PageItems.count(page)).isEqualTo(fits);
    assertThatThrownBy(() -> Redo.apply(page, insert(0, false, next), 0, END, HINTS_NOT_LOGGED))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("no space");
  }

  @Test
  void changeOfPageThatWasNeverInitialisedIsRefused() throws Exception {
    WalRecord insert = insert(0, false, "0100");

    assertThatThrownBy(() -> Redo.apply(page, insert, 0, END, HINTS_NOT_LOGGED))
        .isInstanceOf(CorruptDataException.class);
  }

  @Test
  void settingAllVisibleMovesTheLsnOnlyWhereHintsAreLogged() throws Exception {
    PageHeader.initialise(page, 0);
    WalRecord visible =
        record(
            ResourceManager.HEAP2,
            0x40,
            "05000000 01",
            block(0, 2, 0, false, ""),
            block(1, 0, 7, false, ""));

    Redo.apply(page, visible, 1, END, HINTS_NOT_LOGGED);
    long unlogged = PageHeader.lsn(page);
    Redo.apply(page, visible, 1, END, HINTS_LOGGED);

    assertThat(PageHeader.flags(page)).isEqualTo(PageHeader.ALL_VISIBLE);
    assertThat(unlogged).isZero();
    assertThat(PageHeader.lsn(page)).isEqualTo(END);
  }

  /// 33000 heap blocks need a second page of the map: 33000 - 32672 = 328, byte 82.
  @Test
  void visibilityOfHighBlockGoesToTheSecondMapPage() throws Exception {
    WalRecord visible =
        record(
            ResourceManager.HEAP2,
            0x40,
            "05000000 03",
            block(0, 2, 1, false, ""),
            block(1, 0, 33_001, false, ""));

    Redo.apply(page, visible, 0, END, HINTS_NOT_LOGGED);

    assertThat(page.get(24 + 82)).isEqualTo((byte) 0x0C);
    assertThat(PageHeader.lsn(page)).isEqualTo(END);
  }

  @Test
  void recordOfAnExtensionIsUnsupportedEvenWithAnImage() throws Exception {
    byte[] image = new byte[PageStore.PAGE_SIZE];
    image[12] = 24;
    WalRecord record =
        record(130, 0x20, "", new BlockReference(0, RELATION, 0, 3, false, NOTHING, image));

    UnsupportedRecordException refused =
        catchThrowableOfType(
            UnsupportedRecordException.class,
            () -> Redo.apply(page, record, 0, END, HINTS_NOT_LOGGED));

    assertThat(refused.resourceManager()).isEqualTo(130);
    assertThat(refused.info()).isEqualTo(0x20);
    assertThat(refused).hasMessageContaining("1663/5/16384");
  }

  @Test
  void unknownBtreeInfoIsUnsupported() throws Exception {
    WalRecord record = record(ResourceManager.BTREE, 0xF0, "00", block(0, 0, 1, false, ""));

    assertThatThrownBy(() -> Redo.apply(page, record, 0, END, HINTS_NOT_LOGGED))
        .isInstanceOf(UnsupportedRecordException.class)
        .hasMessageContaining("Btree")
        .hasMessageContaining("0xF0");
  }

  @Test
  void imageOfPageThatWasNeverInitialisedGetsNoLsn() throws Exception {
    page.put(100, (byte) 1);
    byte[] image = new byte[PageStore.PAGE_SIZE];
    WalRecord record =
        record(
            ResourceManager.XLOG,
            0xB0,
            "",
            new BlockReference(0, RELATION, 0, 3, false, NOTHING, image));

    Redo.apply(page, record, 0, END, HINTS_NOT_LOGGED);

    assertThat(page).isEqualTo(ByteBuffer.wrap(image));
  }

  @Test
  void hintImageLeftOutChangesNothing() throws Exception {
    PageHeader.initialise(page, 0);
    ByteBuffer before = PageStore.copyOf(page);
    WalRecord record = record(ResourceManager.XLOG, 0xA0, "", block(0, 0, 3, false, ""));

    Redo.apply(page, record, 0, END, HINTS_LOGGED);

    assertThat(page).isEqualTo(before);
  }

  /// HOT_UPDATE with the bit that initialises the page (0xC0): the old tuple and the new one are on
  /// one page, so a server never sets it (`log_heap_update`: the new one must be alone there).
  /// PostgreSQL's redo of one page does not look at the bit (`heap_xlog_update`).
  @Test
  void hotUpdateThatSaysToInitialiseThePageIsAHotUpdate() throws Exception {
    Redo.apply(page, insert(0x80, true, "0100"), 0, END, HINTS_NOT_LOGGED);
    ByteBuffer other = PageStore.copyOf(page);

    Redo.apply(page, hotUpdate(0x40, false), 0, END + 64, HINTS_NOT_LOGGED);
    Redo.apply(other, hotUpdate(0xC0, false), 0, END + 64, HINTS_NOT_LOGGED);

    assertThat(PageItems.count(page)).isEqualTo(2);
    assertThat(other).isEqualTo(page);
  }

  /// PostgreSQL panics then: its redo reads the page instead of making a new one.
  @Test
  void hotUpdateOfAPageThatIsToBeInitialisedIsRefused() throws Exception {
    Redo.apply(page, insert(0x80, true, "0100"), 0, END, HINTS_NOT_LOGGED);

    assertThatThrownBy(() -> Redo.apply(page, hotUpdate(0xC0, true), 0, END, HINTS_NOT_LOGGED))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("Heap/C0");
  }

  /// Item 1 becomes item 2; transaction 777.
  private static WalRecord hotUpdate(int info, boolean init) throws CorruptDataException {
    return record(
        ResourceManager.HEAP,
        info,
        "09030000 0100 00 00 00000000 0200",
        block(0, 0, 0x12345, init, "0180 0028 18 00 2b000000"));
  }

  /// A key that no server writes, whose size is not aligned: found by the fuzzer.
  @Test
  void aShortenedPostingListHasNothingOfEarlierRecordsBehindIt() throws Exception {
    PageHeader.initialise(page, 16);
    int tuple = PageItems.insert(page, 1, 32);
    page.put(tuple, hex("0000 1100 0220 2020"));
    Arrays.fill(RedoScratch.current().bytes(), (byte) 0x5A);

    WalRecord delete =
        record(
            ResourceManager.BTREE,
            0x70,
            "00000000 0000 0100",
            block(0, 0, 7, false, "0100 0100 0100"));
    Redo.apply(page, delete, 0, END, HINTS_NOT_LOGGED);

    int shorter = LinePointer.offset(PageItems.pointer(page, 1));
    assertThat(bytes(shorter + 17, 7)).isEqualTo("00000000000000");
  }
}
