package dev.argon.pageservice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.postgres.RelFileNode;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PageKeyTest {

  @Test
  void fieldsComeBackAndOrderIsThatOfTheFields() {
    Random random = new Random(7);
    for (int i = 0; i < 10_000; i++) {
      PageKey a = randomKey(random);
      PageKey b = randomKey(random);

      int byFields = Integer.compare((int) (a.high() >>> 60), (int) (b.high() >>> 60));
      int[][] fields = {
        {a.tablespace(), b.tablespace()},
        {a.database(), b.database()},
        {a.relation(), b.relation()},
        {a.fork(), b.fork()},
        {a.block(), b.block()}
      };
      for (int[] pair : fields) {
        byFields = byFields != 0 ? byFields : Integer.compareUnsigned(pair[0], pair[1]);
      }

      assertThat(Integer.signum(a.compareTo(b))).isEqualTo(Integer.signum(byFields));
      PageKey again =
          PageKey.of(a.kind(), a.tablespace(), a.database(), a.relation(), a.fork(), a.block());
      assertThat(again).isEqualTo(a);
    }
  }

  private static PageKey randomKey(Random random) {
    PageKey.Kind[] kinds = PageKey.Kind.values();
    int relation = random.nextBoolean() ? 7 : random.nextInt();
    return PageKey.of(
        kinds[random.nextInt(kinds.length)],
        random.nextInt(PageKey.TABLESPACE_MAX + 1),
        random.nextInt(),
        relation,
        random.nextInt(4),
        random.nextInt());
  }

  @Test
  void keyOfARelationBlockInBits() {
    PageKey key = PageKey.relationBlock(new RelFileNode(1663, 5, 0xC0000001), 2, 9);

    assertThat(key.high()).isEqualTo((1663L << 34) | (5L << 2) | 3);
    assertThat(key.low()).isEqualTo((1L << 34) | (2L << 32) | 9);
    assertThat(key.relation()).isEqualTo(0xC0000001);
  }

  @Test
  void tablespaceThatDoesNotFitIsRefused() {
    assertThatThrownBy(() -> PageKey.relationBlock(new RelFileNode(1 << 26, 5, 1), 0, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
