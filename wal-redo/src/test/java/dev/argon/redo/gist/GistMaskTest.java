package dev.argon.redo.gist;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.postgres.CorruptDataException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class GistMaskTest {

  @Test
  void theMarkForDeletedTuplesThatOnlySomeReleasesSetIsNoDifference() throws Exception {
    assertThat(masked(GistPage.LEAF | GistPage.TUPLES_DELETED)).isEqualTo(masked(GistPage.LEAF));
  }

  @Test
  void aDeletedPageIsADifference() throws Exception {
    assertThat(masked(GistPage.LEAF | GistPage.DELETED)).isNotEqualTo(masked(GistPage.LEAF));
  }

  private static ByteBuffer masked(int flags) throws CorruptDataException {
    ByteBuffer page = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    GistPage.initialise(page, GistPage.NO_BLOCK, flags);
    GistMask.apply(page);
    return page;
  }
}
