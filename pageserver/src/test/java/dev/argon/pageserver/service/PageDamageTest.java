package dev.argon.pageserver.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.argon.pageservice.PageRequest;
import dev.argon.pageservice.RequestHeader;
import dev.argon.postgres.RelFileNode;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class PageDamageTest {

  private static final RequestHeader HEADER = new RequestHeader(1, RequestHeader.NEWEST, 1);

  private final PageDamage damage = PageDamage.parse("1663/5/16384/0/3:8191");
  private final ByteBuffer page = ByteBuffer.allocate(8192);

  @Test
  void onlyThatByteOfThatPageIsChanged() {
    damage.damage(new PageRequest.Page(HEADER, new RelFileNode(1663, 5, 16384), 0, 3), page);

    assertThat(page.get(8191)).isEqualTo((byte) 0x10);
    page.put(8191, (byte) 0);
    assertThat(page).isEqualTo(ByteBuffer.allocate(8192));
  }

  @Test
  void otherPagesAreLeftAlone() {
    damage.damage(new PageRequest.Page(HEADER, new RelFileNode(1663, 5, 16385), 0, 3), page);
    damage.damage(new PageRequest.Page(HEADER, new RelFileNode(1663, 5, 16384), 1, 3), page);
    damage.damage(new PageRequest.Page(HEADER, new RelFileNode(1663, 5, 16384), 0, 4), page);

    assertThat(page).isEqualTo(ByteBuffer.allocate(8192));
  }

  @Test
  void otherFormsAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> PageDamage.parse("1663/5/16384/0/3"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PageDamage.parse("1663/5/16384/0/3:8192"));
  }
}
