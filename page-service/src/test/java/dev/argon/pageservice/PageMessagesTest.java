package dev.argon.pageservice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.RelFileNode;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PageMessagesTest {

  private static final RequestHeader HEADER = new RequestHeader(1, -1L, 0x0102);
  private static final RelFileNode RELATION = new RelFileNode(1663, 5, 16384);

  @Test
  void pageRequestInHex() {
    ByteBuffer bytes = encode(new PageRequest.Page(HEADER, RELATION, 0, 77));
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);

    assertThat(HexFormat.of().formatHex(copy))
        .isEqualTo(
            "02"
                + "0000000000000001"
                + "ffffffffffffffff"
                + "0000000000000102"
                + "0000067f"
                + "00000005"
                + "00004000"
                + "00"
                + "0000004d");
  }

  @Test
  void requestsComeBack() throws CorruptDataException {
    List<PageRequest> requests =
        List.of(
            new PageRequest.Exists(HEADER, RELATION, 1),
            new PageRequest.BlockCount(HEADER, RELATION, 2),
            new PageRequest.Page(HEADER, RELATION, 0, -2),
            new PageRequest.DatabaseSize(HEADER, 5),
            new PageRequest.SlruSegment(HEADER, 2, 9));
    for (PageRequest request : requests) {
      assertThat(PageRequest.decode(encode(request))).isEqualTo(request);
    }
  }

  @Test
  void responsesComeBack() throws CorruptDataException {
    List<PageResponse> responses =
        List.of(
            new PageResponse.Exists(new PageRequest.Exists(HEADER, RELATION, 1), true),
            new PageResponse.BlockCount(new PageRequest.BlockCount(HEADER, RELATION, 2), 12),
            new PageResponse.Failure(HEADER, "no \u00e4"),
            new PageResponse.DatabaseSize(new PageRequest.DatabaseSize(HEADER, 5), 1L << 40));
    for (PageResponse response : responses) {
      ByteBuffer bytes = ByteBuffer.allocate(response.encodedSize());
      response.encode(bytes);
      assertThat(bytes.hasRemaining()).isFalse();
      assertThat(PageResponse.decode(bytes.flip(), ByteBuffer.allocate(0))).isEqualTo(response);
    }
  }

  @Test
  void pageGoesIntoTheCallersBuffer() throws CorruptDataException {
    byte[] page = new byte[PageResponse.PAGE_SIZE];
    new Random(3).nextBytes(page);
    PageResponse.Page response =
        new PageResponse.Page(new PageRequest.Page(HEADER, RELATION, 0, 77));
    ByteBuffer bytes = ByteBuffer.allocate(PageResponse.PAGE_PREFIX_SIZE + page.length);
    response.encode(bytes);
    bytes.put(page).flip();
    ByteBuffer target = ByteBuffer.allocateDirect(2 * page.length).position(page.length);

    PageResponse decoded = PageResponse.decode(bytes, target);

    assertThat(decoded).isEqualTo(response);
    byte[] got = new byte[page.length];
    target.get(page.length, got);
    assertThat(got).isEqualTo(page);
  }

  @Test
  void bootMessagesComeBack() throws CorruptDataException {
    List<BootMessage> messages =
        List.of(
            new BootMessage.Begin(1, 2, 3, true, 4, 15, 0),
            new BootMessage.Directory("base/5"),
            new BootMessage.RelationFork(RELATION, 2, 3),
            new BootMessage.End());
    for (BootMessage message : messages) {
      ByteBuffer bytes = ByteBuffer.allocate(message.encodedSize());
      message.encode(bytes);
      assertThat(bytes.hasRemaining()).isFalse();
      assertThat(BootMessage.decode(bytes.flip())).isEqualTo(message);
    }
    BootMessage.DataFile file = new BootMessage.DataFile("global/pg_control", new byte[] {1, 2});
    ByteBuffer bytes = ByteBuffer.allocate(file.encodedSize());
    file.encode(bytes);
    BootMessage.DataFile again = (BootMessage.DataFile) BootMessage.decode(bytes.flip());
    assertThat(again.path()).isEqualTo(file.path());
    assertThat(again.content()).isEqualTo(file.content());
  }

  @Test
  void pathThatLeavesTheDirectoryIsRefused() {
    BootMessage.Directory message = new BootMessage.Directory("base/../../etc");
    ByteBuffer bytes = ByteBuffer.allocate(message.encodedSize());
    message.encode(bytes);
    bytes.flip();

    assertThatThrownBy(() -> BootMessage.decode(bytes)).isInstanceOf(CorruptDataException.class);
  }

  /// Any bytes give a message or the typed error.
  @Test
  void decodersAreTotal() {
    Random random = new Random(11);
    int[] tags = {0, 1, 2, 3, 4, 5, 100, 101, 102, 103, 104, 105, 'B', 'C', 'F', 'D', 'R', 'E'};
    for (int i = 0; i < 50_000; i++) {
      byte[] bytes = new byte[random.nextInt(60)];
      random.nextBytes(bytes);
      if (bytes.length > 0) {
        bytes[0] = (byte) tags[random.nextInt(tags.length)];
      }
      try {
        PageRequest.decode(ByteBuffer.wrap(bytes));
      } catch (CorruptDataException e) {
        assertThat(e).hasMessageMatching("(?s).+");
      }
      try {
        PageResponse.decode(ByteBuffer.wrap(bytes), ByteBuffer.allocate(PageResponse.PAGE_SIZE));
      } catch (CorruptDataException e) {
        assertThat(e).hasMessageMatching("(?s).+");
      }
      try {
        BootMessage.decode(ByteBuffer.wrap(bytes));
      } catch (CorruptDataException e) {
        assertThat(e).hasMessageMatching("(?s).+");
      }
    }
  }

  private static ByteBuffer encode(PageRequest request) {
    ByteBuffer bytes = ByteBuffer.allocate(PageRequest.SIZE_MAX);
    request.encode(bytes);
    return bytes.flip();
  }
}
