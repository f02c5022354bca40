package dev.argon.redo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.postgres.wal.ResourceManager;
import dev.argon.redo.page.PageHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class PageOwnerTest {

  private static int owner(int block, long... special) {
    ByteBuffer page = ByteBuffer.allocate(PageHeader.PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    PageHeader.initialise(page, special.length * Long.BYTES);
    for (int i = 0; i < special.length; i++) {
      page.putLong(PageHeader.special(page) + i * Long.BYTES, special[i]);
    }
    return PageOwner.resourceManager(page, block);
  }

  @Test
  void eachAccessMethodOfPostgresIsKnown() {
    assertThat(owner(7)).isEqualTo(ResourceManager.HEAP);
    assertThat(owner(0, 0x1717)).isEqualTo(ResourceManager.SEQ);
    assertThat(owner(7, 6 << 16, 0x0042_0001L << 32)).isEqualTo(ResourceManager.BTREE);
    assertThat(owner(7, 6, 0xFF80_0002L << 32)).isEqualTo(ResourceManager.HASH);
    assertThat(owner(7, 6, 0xFF81_0001L << 32)).isEqualTo(ResourceManager.GIST);
    assertThat(owner(7, 0xFF82L << 48)).isEqualTo(ResourceManager.SPGIST);
    assertThat(owner(0, 0xF091L << 48)).isEqualTo(ResourceManager.BRIN);
    assertThat(owner(7, 0x0083_0005L << 32 | 8)).isEqualTo(ResourceManager.GIN);
    assertThat(owner(7, 0xFF83L << 48)).isEqualTo(ResourceManager.GENERIC);
  }

  /// The number of block 5911 is the magic number of a sequence.
  @Test
  void pageBeforeBlock5911IsNoSequence() {
    assertThat(owner(5910, 0x1717)).isEqualTo(ResourceManager.GIN);
    assertThat(owner(5910, 0xFF90_0000_0000_1717L)).isEqualTo(ResourceManager.GENERIC);
  }

  /// pgvector's pages end as GIN's, and `0xFF84` has the flag there by which GIN's mask leaves out
  /// the whole page.
  @Test
  void pagesOfOtherAccessMethodsAreUnderGenericRecords() {
    assertThat(owner(7, 0xFF84L << 48 | 8)).isEqualTo(ResourceManager.GENERIC);
    assertThat(owner(7, 0xFF90L << 48 | 8)).isEqualTo(ResourceManager.GENERIC);
    assertThat(owner(7, 6, 0xFF99L << 48)).isEqualTo(ResourceManager.GENERIC);
    assertThat(owner(7, 1, 2, 3)).isEqualTo(ResourceManager.GENERIC);
  }
}
