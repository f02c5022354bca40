package dev.argon.compute.compare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.compute.compare.PageResult.Different;
import dev.argon.compute.compare.PageResult.LeftOut;
import dev.argon.compute.compare.PageResult.Reason;
import dev.argon.compute.compare.PageResult.Same;
import dev.argon.compute.compare.PageResult.Subject;
import dev.argon.postgres.Fork;
import dev.argon.redo.page.PageHeader;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/// What counts as a difference between two versions of a page (DC-4, DC-5, DC-6).
class PageComparisonTest {

  private static final long LSN = 0x1_0000_0000L;

  private final PageComparison comparison = new PageComparison();
  private final ByteBuffer local = page(0, LSN);
  private final ByteBuffer remote = page(0, LSN);

  private static ByteBuffer page(int specialSize, long lsn) {
    ByteBuffer page = PageComparison.newPage();
    PageHeader.initialise(page, specialSize);
    PageHeader.setLsn(page, lsn);
    return page;
  }

  private PageResult compare(boolean settled) {
    return comparison.compare(local, remote, Fork.MAIN, 7, settled);
  }

  @Test
  void equalPagesAreTheSame() {
    assertThat(compare(true)).isEqualTo(new Same(Subject.HEAP));
  }

  /// DC-6.
  @Test
  void unusedSpaceDoesNotCount() {
    local.put(4000, (byte) 1);

    assertThat(compare(true)).isEqualTo(new Same(Subject.HEAP));
    assertThat(local.get(4000)).isEqualTo((byte) 1);
  }

  /// DC-6.
  @Test
  void byteInUsedSpaceCounts() {
    PageHeader.setUpper(local, 8000);
    PageHeader.setUpper(remote, 8000);
    remote.put(8100, (byte) 0x2A);

    assertThat(compare(true))
        .isEqualTo(new Different(8100, "byte 8100 is 00 and not 2A; LSN here 1/0, there 1/0"));
    assertThat(compare(false)).isInstanceOf(Different.class);
  }

  @Test
  void allVisibleCounts() {
    PageHeader.setFlag(local, PageHeader.ALL_VISIBLE);

    assertThat(compare(true)).isInstanceOf(Different.class);
    assertThat(compare(false)).isInstanceOf(Different.class);
  }

  @Test
  void allVisibleAtThePageserverMayBeNewer() {
    PageHeader.setFlag(remote, PageHeader.ALL_VISIBLE);

    assertThat(compare(true)).isInstanceOf(Different.class);
    assertThat(compare(false)).isEqualTo(new LeftOut(Reason.NEWER_IN_BUFFER));
  }

  @Test
  void newerVersionIsADifferenceOnlyWhereNobodyCanHaveMadeOne() {
    PageHeader.setLsn(remote, LSN + 8);

    assertThat(compare(true)).isInstanceOf(Different.class);
    assertThat(compare(false)).isEqualTo(new LeftOut(Reason.NEWER_IN_BUFFER));
  }

  @Test
  void olderVersionIsAlwaysADifference() {
    PageHeader.setLsn(remote, LSN - 8);

    assertThat(compare(true)).isInstanceOf(Different.class);
    assertThat(compare(false)).isInstanceOf(Different.class);
  }

  @Test
  void pageOfABuildIsLeftOut() {
    PageHeader.setLsn(local, 1);

    assertThat(compare(true)).isEqualTo(new LeftOut(Reason.NO_LSN_YET));
  }

  /// DC-5.
  @Test
  void zerosMustBeZeros() {
    local.put(0, new byte[PageHeader.PAGE_SIZE]);

    assertThat(compare(true)).isInstanceOf(Different.class);
    assertThat(compare(false)).isEqualTo(new LeftOut(Reason.NEWER_IN_BUFFER));
    remote.put(0, new byte[PageHeader.PAGE_SIZE]);
    assertThat(compare(true)).isEqualTo(new Same(Subject.ZERO));
  }

  /// DC-5.
  @Test
  void lostPageIsADifference() {
    remote.put(0, new byte[PageHeader.PAGE_SIZE]);

    assertThat(compare(true)).isInstanceOf(Different.class);
    assertThat(compare(false)).isEqualTo(new LeftOut(Reason.NOTHING_THERE));
    assertThat(PageComparison.lost(local, remote))
        .isEqualTo(
            new Different(0, "nothing there, byte 0 is 01 and not 00; LSN here 1/0, there 0/0"));
  }

  /// DC-4.
  @Test
  void everyBitOfAVisibilityMapCountsAndItsLsnDoesNot() {
    PageHeader.setLsn(remote, LSN + 8);

    assertThat(comparison.compare(local, remote, Fork.VISIBILITY_MAP, 0, true))
        .isEqualTo(new Same(Subject.VISIBILITY_MAP));
    remote.put(100, (byte) 3);
    assertThat(comparison.compare(local, remote, Fork.VISIBILITY_MAP, 0, true))
        .isInstanceOf(Different.class);
  }

  /// DC-6.
  @Test
  void dumpShowsBothPagesWhereTheyDiffer() {
    remote.put(8100, (byte) 0x2A);

    assertThat(PageDump.of(local, remote).lines().filter(line -> line.contains("there")))
        .singleElement()
        .asString()
        .contains(" 8096: 00000000 2a000000");
  }
}
