package dev.argon.redo.effect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.control.CheckPoint;
import dev.argon.postgres.page.Page;
import dev.argon.postgres.slru.MultiXactMembers;
import dev.argon.postgres.wal.BlockReference;
import dev.argon.postgres.wal.ResourceManager;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.postgres.wal.WalRecordWriter;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Cases a short load on a server does not reach: wraparound, other access methods, big maps.
class RecordEffectsTest {

  private static final RelFileNode RELATION = new RelFileNode(1663, 5, 20000);
  private static final CheckPoint START =
      new CheckPoint(8, 1, 1, true, 1000, 20000, 5, 9, 700, 1, 1, 1, 0, 0, 0, 750);

  private static WalRecord record(
      int manager, int info, List<BlockReference> blocks, byte[] mainData)
      throws CorruptDataException {
    byte[] bytes = WalRecordWriter.record(manager, info, 0, 8, blocks, mainData);
    return WalRecord.decode(bytes, 0, bytes.length);
  }

  private static byte[] ints(int... values) {
    byte[] bytes = new byte[4 * values.length];
    for (int i = 0; i < values.length; i++) {
      LittleEndian.writeInt(bytes, 4 * i, values[i]);
    }
    return bytes;
  }

  // What a record does, one text per call: the method's name and its arguments.
  private static List<String> effects(WalRecord record) throws CorruptDataException {
    List<String> calls = new ArrayList<>();
    EffectSink sink =
        (EffectSink)
            Proxy.newProxyInstance(
                EffectSink.class.getClassLoader(),
                new Class<?>[] {EffectSink.class},
                (_, method, arguments) -> {
                  StringBuilder text = new StringBuilder(method.getName());
                  for (Object argument : arguments) {
                    text.append(' ').append(text(argument));
                  }
                  calls.add(text.toString());
                  return null;
                });
    RecordEffects.decode(record, 0x77, sink);
    return calls;
  }

  private static String text(Object argument) {
    if (argument instanceof byte[] bytes) {
      return bytes.length > 100 ? "[" + bytes.length + "]" : HexFormat.of().formatHex(bytes);
    }
    return argument instanceof Integer number
        ? Integer.toUnsignedString(number)
        : String.valueOf(argument);
  }

  private static String hex(PageChange change) {
    return HexFormat.of().formatHex(change.encode());
  }

  @Test
  void multiXactAtTheEndOfTheCircleIsFollowedByTheFirst() throws Exception {
    // Members at the last two offsets and, 0 being one like any other inside, at 0.
    WalRecord record =
        record(ResourceManager.MULTIXACT, 0x20, List.of(), ints(-1, -2, 3, 100, 0, 101, 1, 102, 4));

    int lastPage = MultiXactMembers.page(-1);
    assertThat(effects(record))
        .containsExactly(
            "slruChange MULTIXACT_OFFSETS 2097151 "
                + hex(new PageChange.MultiXactOffsetsSet(new int[] {-1}, new int[] {-2})),
            "slruChange MULTIXACT_OFFSETS 0 "
                + hex(new PageChange.MultiXactOffsetsSet(new int[] {1}, new int[] {1})),
            "slruChange MULTIXACT_MEMBERS "
                + lastPage
                + " "
                + hex(
                    new PageChange.MultiXactMembersSet(-2, new int[] {100, 101}, new int[] {0, 1})),
            "slruChange MULTIXACT_MEMBERS 0 "
                + hex(new PageChange.MultiXactMembersSet(0, new int[] {102}, new int[] {4})));
  }

  @Test
  void offsetZeroIsLeftOutForTheNextMultiXact() throws Exception {
    WalRecord record =
        record(ResourceManager.MULTIXACT, 0x20, List.of(), ints(7, -2, 2, 100, 0, 101, 0));

    assertThat(effects(record).getFirst())
        .isEqualTo(
            "slruChange MULTIXACT_OFFSETS 0 "
                + hex(new PageChange.MultiXactOffsetsSet(new int[] {7, 8}, new int[] {-2, 1})));
  }

  @Test
  void truncatedMultiXactsDropSegmentsUpToTheOneInUse() throws Exception {
    int membersPerSegment = 32 * MultiXactMembers.PER_PAGE;
    WalRecord record =
        record(
            ResourceManager.MULTIXACT,
            0x30,
            List.of(),
            ints(4, 1, 65536, -5, 3 * membersPerSegment + 1));

    assertThat(effects(record))
        .containsExactly(
            "slruDropSegments MULTIXACT_MEMBERS 82040 3", "slruTruncate MULTIXACT_OFFSETS 31");
    assertThat(Slru.MULTIXACT_MEMBERS.lastSegment()).isEqualTo(82040);
  }

  @Test
  void segmentsAreBeforeAPageInCircularOrder() {
    assertThat(Slru.CLOG.isBefore(0, 32)).isTrue();
    assertThat(Slru.CLOG.isBefore(0, 31)).isFalse();
    assertThat(Slru.CLOG.isBefore(1, 32)).isFalse();
    // The circle has 131072 pages: the last segment is before page 5, not behind it.
    assertThat(Slru.CLOG.isBefore(4095, 5)).isTrue();
    assertThat(Slru.CLOG.isBefore(2000, 5)).isFalse();
    assertThat(Slru.MULTIXACT_OFFSETS.isBefore(65535, 5)).isTrue();
    assertThat(Slru.MULTIXACT_OFFSETS.isBefore(0, 2000)).isTrue();
  }

  @Test
  void updateAcrossHeapBlocksClearsEachMapPageOnce() throws Exception {
    byte[] update = new byte[14];
    update[7] = 3;
    List<String> onePage = effects(heapUpdate(100, 7, update));
    List<String> twoPages = effects(heapUpdate(32672, 7, update));
    List<String> sameBlock =
        effects(record(ResourceManager.HEAP, 0x20, List.of(reference(0, 7)), update));

    assertThat(onePage)
        .containsExactly(
            "relationChange 1663/5/20000 2 0 "
                + hex(new PageChange.VisibilityClear(3, new int[] {7, 100})),
            "relationBlock 1663/5/20000 0 100 0 false",
            "relationBlock 1663/5/20000 0 7 1 false");
    assertThat(twoPages)
        .contains(
            "relationChange 1663/5/20000 2 0 "
                + hex(new PageChange.VisibilityClear(3, new int[] {7})),
            "relationChange 1663/5/20000 2 1 "
                + hex(new PageChange.VisibilityClear(3, new int[] {32672})));
    assertThat(sameBlock)
        .containsExactly(
            "relationChange 1663/5/20000 2 0 "
                + hex(new PageChange.VisibilityClear(3, new int[] {7})),
            "relationBlock 1663/5/20000 0 7 0 false");
  }

  private static WalRecord heapUpdate(int newBlock, int oldBlock, byte[] mainData)
      throws CorruptDataException {
    return record(
        ResourceManager.HEAP,
        0x20,
        List.of(reference(0, newBlock), reference(1, oldBlock)),
        mainData);
  }

  private static BlockReference reference(int id, int block) {
    return new BlockReference(id, RELATION, 0, block, false, new byte[0], new byte[0]);
  }

  @Test
  void imagesOfHashSplitsAndGistParentsAreNotTheLastWord() throws Exception {
    byte[] image = new byte[8192];
    Page.init(image, 16);

    assertThat(effects(withImages(ResourceManager.HASH, 0x40, image)))
        .containsExactly(
            "relationBlock 1663/5/20000 0 1 0 true", "relationImage 1663/5/20000 0 2 [8192]");
    assertThat(effects(withImages(ResourceManager.HASH, 0x60, image)))
        .containsExactly(
            "relationBlock 1663/5/20000 0 1 0 true", "relationBlock 1663/5/20000 0 2 1 true");
    assertThat(effects(withImages(ResourceManager.GIST, 0x00, image)))
        .containsExactly(
            "relationImage 1663/5/20000 0 1 [8192]", "relationBlock 1663/5/20000 0 2 1 true");
    assertThat(effects(withImages(ResourceManager.GIST, 0x30, image)))
        .containsExactly(
            "relationBlock 1663/5/20000 0 1 0 true", "relationImage 1663/5/20000 0 2 [8192]");
    assertThat(effects(withImages(ResourceManager.GIN, 0x20, image)))
        .containsExactly(
            "relationImage 1663/5/20000 0 1 [8192]", "relationImage 1663/5/20000 0 2 [8192]");
  }

  private static WalRecord withImages(int manager, int info, byte[] image)
      throws CorruptDataException {
    return record(
        manager,
        info,
        List.of(
            new BlockReference(0, RELATION, 0, 1, false, new byte[0], image),
            new BlockReference(1, RELATION, 0, 2, false, new byte[0], image)),
        new byte[0]);
  }

  @Test
  void imageGetsTheRecordsLsnUnlessThePageIsNew() throws Exception {
    byte[] image = new byte[8192];
    Page.init(image, 16);
    List<byte[]> pages = new ArrayList<>();
    EffectSink sink =
        (EffectSink)
            Proxy.newProxyInstance(
                EffectSink.class.getClassLoader(),
                new Class<?>[] {EffectSink.class},
                (_, _, arguments) -> {
                  pages.add((byte[]) arguments[3]);
                  return null;
                });

    RecordEffects.decode(withImages(ResourceManager.XLOG, 0xB0, image), 0x5_0000_0077L, sink);
    RecordEffects.decode(
        withImages(ResourceManager.XLOG, 0xB0, new byte[8192]), 0x5_0000_0077L, sink);

    assertThat(Page.lsn(pages.get(0))).isEqualTo(0x5_0000_0077L);
    assertThat(Arrays.copyOfRange(pages.get(0), 8, 8192))
        .isEqualTo(Arrays.copyOfRange(image, 8, 8192));
    assertThat(pages.get(2)).containsOnly(0);
  }

  @Test
  void recordsNoServerWritesAreErrors() throws Exception {
    WalRecord clog = record(ResourceManager.CLOG, 0x50, List.of(), ints(1));
    WalRecord image = record(ResourceManager.XLOG, 0xB0, List.of(reference(0, 1)), new byte[0]);
    WalRecord many = record(ResourceManager.XACT, 0x80, List.of(), ints(0, 0, 2, 1 << 30));

    for (WalRecord record : List.of(clog, image, many)) {
      assertThatThrownBy(() -> effects(record)).isInstanceOf(CorruptDataException.class);
    }
  }

  private static CheckPoint after(CheckPoint start, WalRecord record) throws CorruptDataException {
    CheckPointState state = CheckPointState.of(start);
    state.apply(record);
    return state.toCheckPoint();
  }

  private static WalRecord ofTransaction(int transactionId) throws CorruptDataException {
    byte[] bytes =
        WalRecordWriter.record(ResourceManager.BTREE, 0, transactionId, 8, List.of(), new byte[0]);
    return WalRecord.decode(bytes, 0, bytes.length);
  }

  private static CheckPoint startingAt(long nextXid) {
    CheckPoint from = START;
    return new CheckPoint(
        from.redo(), 1, 1, true, nextXid, 20000, 5, 9, (int) nextXid, 1, 1, 1, 0, 0, 0, 0);
  }

  @Test
  void nextTransactionRunsAheadInStepsAndOverEpochs() throws Exception {
    assertThat(after(START, ofTransaction(999)).nextXid()).isEqualTo(1000);
    assertThat(after(START, ofTransaction(1000)).nextXid()).isEqualTo(1024);
    assertThat(after(START, ofTransaction(1023)).nextXid()).isEqualTo(1024);
    assertThat(after(START, ofTransaction(1024)).nextXid()).isEqualTo(2048);
    assertThat(after(START, ofTransaction(0)).nextXid()).isEqualTo(1000);
    // Rounded up to the end of an epoch: the next transaction there is 3.
    assertThat(after(startingAt(0x7_FFFF_FF00L), ofTransaction(0xFFFF_FF80)).nextXid())
        .isEqualTo(0x8_0000_0003L);
    assertThat(after(startingAt(0x7_FFFF_FF00L), ofTransaction(5)).nextXid())
        .isEqualTo(0x8_0000_0400L);
    assertThat(after(startingAt(0x8_0000_0100L), ofTransaction(0xFFFF_FF80)).nextXid())
        .isEqualTo(0x8_0000_0100L);
  }

  @Test
  void multiXactCountersAreExactAndMembersCountAsTransactions() throws Exception {
    WalRecord created =
        record(ResourceManager.MULTIXACT, 0x20, List.of(), ints(7, 20, 2, 900, 0, 5000, 0));

    CheckPoint checkPoint = after(START, created);

    assertThat(checkPoint.nextMulti()).isEqualTo(8);
    assertThat(checkPoint.nextMultiOffset()).isEqualTo(22);
    assertThat(checkPoint.nextXid()).isEqualTo(5120);
  }

  @Test
  void onlineCheckPointIsALowerBoundAndShutdownIsBelieved() throws Exception {
    CheckPoint behind = new CheckPoint(8, 1, 1, false, 900, 10, 4, 3, 650, 9, 1, 1, 77, 0, 0, 888);

    CheckPoint online =
        after(START, record(ResourceManager.XLOG, 0x10, List.of(), behind.toBytes()));
    CheckPoint shutdown =
        after(START, record(ResourceManager.XLOG, 0x00, List.of(), behind.toBytes()));

    assertThat(online.nextXid()).isEqualTo(1000);
    assertThat(online.nextOid()).isEqualTo(20000);
    assertThat(online.nextMulti()).isEqualTo(5);
    assertThat(online.oldestXid()).isEqualTo(700);
    assertThat(online.oldestActiveXid()).isEqualTo(888);
    assertThat(online.fullPageWrites()).isFalse();
    assertThat(shutdown.nextXid()).isEqualTo(900);
    assertThat(shutdown.nextOid()).isEqualTo(10);
    assertThat(shutdown.nextMultiOffset()).isEqualTo(3);
    assertThat(after(START, record(ResourceManager.XLOG, 0x30, List.of(), ints(30000))).nextOid())
        .isEqualTo(30000);
  }

  @Test
  void truncationsMoveTheOldest() throws Exception {
    CheckPoint clog = after(START, record(ResourceManager.CLOG, 0x10, List.of(), ints(0, 800, 44)));
    CheckPoint multi =
        after(START, record(ResourceManager.MULTIXACT, 0x30, List.of(), ints(45, 1, 3, 1, 2)));

    assertThat(clog.oldestXid()).isEqualTo(800);
    assertThat(clog.oldestXidDatabase()).isEqualTo(44);
    assertThat(multi.oldestMulti()).isEqualTo(3);
    assertThat(multi.oldestMultiDatabase()).isEqualTo(45);
  }

  /// XLOG_NOOP: no code of the server writes one (it is only named in xlog.c's redo, the logical
  /// decoder and the descriptions).
  @Test
  void noopDoesNothing() throws Exception {
    WalRecord record = record(ResourceManager.XLOG, 0x20, List.of(), ints(1, 2, 3));
    CheckPointState state = CheckPointState.of(START);

    assertThat(effects(record)).isEmpty();
    assertThat(state.apply(record)).isFalse();
    assertThat(state.toCheckPoint()).isEqualTo(START);
  }
}
