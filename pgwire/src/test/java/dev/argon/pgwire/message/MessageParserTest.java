package dev.argon.pgwire.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class MessageParserTest {

  @Test
  @DisplayName("PP-1: every prefix is incomplete, the whole is one message, the buffer then empty")
  void bytesOneByOneGiveOneMessage() throws ProtocolErrorException {
    for (byte[] message :
        List.of(
            Wire.message('Q', "select 1\0".getBytes(java.nio.charset.StandardCharsets.UTF_8)),
            Wire.message('S', new byte[0]),
            Wire.message('d', Wire.random(20_000, 1)))) {
      try (MessageParser parser = Wire.parser(1 << 20)) {
        for (int i = 0; i < message.length; i++) {
          assertThat(parser.next()).isFalse();
          parser.feed(ByteBuffer.wrap(message, i, 1));
        }

        assertThat(parser.next()).isTrue();
        assertThat(parser.tag()).isEqualTo(message[0]);
        assertThat(parser.body()).isEqualTo(ByteBuffer.wrap(message, 5, message.length - 5));
        assertThat(parser.hasUnread()).isFalse();
        assertThat(parser.next()).isFalse();
      }
    }
  }

  @Test
  @DisplayName("PP-1: an incomplete startup packet is looked at again from its start")
  void aStartupPacketInPiecesIsOnePacket() throws ProtocolErrorException {
    MessageEncoder encoder = new MessageEncoder();
    new StartupPacket.Start(3, 0, java.util.Map.of("user", "u".repeat(9_000))).encode(encoder);
    byte[] packet = Wire.taken(encoder);
    try (MessageParser parser = Wire.parser(1 << 20)) {
      for (int i = 0; i < packet.length; i++) {
        assertThat(parser.nextStartup()).isFalse();
        assertThat(parser.feed(ByteBuffer.wrap(packet, i, 1))).isOne();
      }

      assertThat(parser.nextStartup()).isTrue();
      assertThat(StartupPacket.decode(parser.body()))
          .isEqualTo(new StartupPacket.Start(3, 0, java.util.Map.of("user", "u".repeat(9_000))));
    }
  }

  @Test
  @DisplayName("PP-2: the payload lies in the receive buffer, behind the five header bytes")
  void theBodyIsInTheReceiveBuffer() throws ProtocolErrorException {
    try (MessageParser parser = Wire.parser(1 << 20)) {
      parser.reserve();
      ByteBuffer space = parser.space();
      long base = MemorySegment.ofBuffer(space).address();
      space.put(Wire.message('d', Wire.random(100, 1))).put(Wire.message('d', new byte[7]));
      parser.received(105 + 12);

      assertThat(parser.next()).isTrue();
      assertThat(MemorySegment.ofBuffer(parser.body()).address()).isEqualTo(base + 5);
      try (MessageView view = parser.retain()) {
        assertThat(MemorySegment.ofBuffer(view.body()).address()).isEqualTo(base + 5);
        assertThat(view.body().isReadOnly()).isTrue();
      }
      assertThat(parser.body().isReadOnly()).isTrue();
      assertThat(parser.next()).isTrue();
      assertThat(MemorySegment.ofBuffer(parser.body()).address()).isEqualTo(base + 110);
    }
  }

  @Test
  @DisplayName("PP-3: message N is unchanged after messages N+1 to N+1000 were read")
  void aRetainedMessageIsNotOverwritten() throws Exception {
    BlockPool pool = new BlockPool(1 << 20);
    List<MessageView> held = new ArrayList<>();
    try (MessageParser parser =
        new MessageParser(pool, MessageSet.FRONTEND, ParserLimits.of(1 << 20, 8 << 10))) {
      for (int i = 0; i < 3_000; i++) {
        feedAll(parser, Wire.message('d', Wire.random(i % 997, i)));
        assertThat(parser.body()).isEqualTo(ByteBuffer.wrap(Wire.random(i % 997, i)));
        if (i % 1_000 == 0) {
          held.add(parser.retain());
        }
      }
      assertThat(pool.lentBytes()).isGreaterThan(parser.capacityBytes());
      for (int i = 0; i < held.size(); i++) {
        MessageView view = held.get(i);
        ByteBuffer expected = ByteBuffer.wrap(Wire.random(i * 1_000 % 997, i * 1_000L));
        Thread.ofVirtual().start(view::close).join();
        if (i + 1 < held.size()) {
          ByteBuffer next = ByteBuffer.wrap(Wire.random((i + 1) * 1_000 % 997, (i + 1) * 1_000L));
          assertThat(held.get(i + 1).body()).isEqualTo(next).isNotEqualTo(expected);
        }
      }
      assertThat(parser.pinned().bytes()).isZero();
    }
    assertThat(pool.lentBytes()).isZero();
  }

  private static void feedAll(MessageParser parser, byte[] message) throws ProtocolErrorException {
    ByteBuffer bytes = ByteBuffer.wrap(message);
    while (!parser.next()) {
      assertThat(parser.feed(bytes)).isPositive();
    }
  }

  @Test
  @DisplayName(
      "PP-3: a freed block is poisoned in debug mode, and a closed view refuses to be used")
  void whoUsesAMessageTooLateFindsOut() throws ProtocolErrorException {
    BlockPool pool = new BlockPool(1 << 20);
    MessageParser parser =
        new MessageParser(pool, MessageSet.FRONTEND, ParserLimits.of(1 << 20, 8 << 10));
    feedAll(parser, Wire.message('d', Wire.random(50, 1)));
    MessageView view = parser.retain();
    MessageView other = view.retain();
    ByteBuffer body = view.body();
    parser.close();
    view.close();

    assertThat(body).isEqualTo(ByteBuffer.wrap(Wire.random(50, 1)));
    other.close();

    assertThat(BlockPool.POISONING).isTrue();
    for (int i = 0; i < 50; i++) {
      assertThat(body.get(i)).isEqualTo(BlockPool.POISON);
    }
    assertThatThrownBy(view::body).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(view::close).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(other::retain).isInstanceOf(IllegalStateException.class);
  }

  @Test
  @DisplayName("PP-3: views may pin so many bytes and no more; closing one lets the parser go on")
  void pinnedBytesAreLimited() throws ProtocolErrorException {
    ParserLimits limits = new ParserLimits(1 << 20, 8 << 10, 1 << 20, 32 << 10);
    List<MessageView> held = new ArrayList<>();
    try (MessageParser parser =
        new MessageParser(new BlockPool(1 << 20), MessageSet.FRONTEND, limits)) {
      byte[] message = Wire.message('d', Wire.random(8_000, 1));
      boolean full = false;
      while (!full) {
        ByteBuffer bytes = ByteBuffer.wrap(message);
        while (!parser.next() && !full) {
          full = parser.feed(bytes) == 0;
        }
        if (!full) {
          held.add(parser.retain());
        }
      }

      assertThat(parser.pinned().bytes()).isEqualTo(32 << 10);
      held.removeFirst().close();
      assertThat(parser.reserve()).isTrue();
      held.forEach(MessageView::close);
      assertThat(parser.pinned().bytes()).isZero();
    }
  }

  @Test
  @DisplayName("PP-4: a 16 MiB message causes one growth, to exactly its size")
  void growthIsExactlyWhatMisses() throws ProtocolErrorException {
    int size = 16 << 20;
    ParserLimits limits = new ParserLimits(size + 5, 8 << 10, size + 5, 1 << 20);
    try (MessageParser parser =
        new MessageParser(new BlockPool(1 << 20), MessageSet.FRONTEND, limits)) {
      ByteBuffer bytes = ByteBuffer.wrap(Wire.message('d', Wire.random(size, 1)));
      while (!parser.next()) {
        assertThat(parser.feed(bytes)).isPositive();
      }

      assertThat(parser.growthCount()).isOne();
      assertThat(parser.capacityBytes()).isEqualTo(size + 5);
      assertThat(parser.body().remaining()).isEqualTo(size);
      parser.reserve();
      assertThat(parser.capacityBytes()).as("given up when it is over").isEqualTo(8 << 10);
    }
  }

  @Test
  @DisplayName("PP-4: beyond what is trusted, room is at most twice what has really arrived")
  void thePeersWordAloneReservesLittle() throws ProtocolErrorException {
    int size = 512 << 20;
    ParserLimits limits = new ParserLimits(size + 5, 8 << 10, 1 << 20, 1 << 20);
    try (MessageParser parser =
        new MessageParser(new BlockPool(1 << 20), MessageSet.FRONTEND, limits)) {
      parser.feed(ByteBuffer.wrap(Wire.message('d', size + 4, new byte[100])));
      ByteBuffer piece = ByteBuffer.allocate(100_000);
      for (int total = 105; total < 4 << 20; total += piece.capacity()) {
        assertThat(parser.next()).isFalse();
        piece.clear();
        while (piece.hasRemaining()) {
          parser.next();
          assertThat(parser.feed(piece)).isPositive();
        }
        assertThat(parser.capacityBytes())
            .isLessThanOrEqualTo(Math.max(1 << 20, 2 * (total + piece.capacity())));
      }
      assertThat(parser.growthCount()).as("doublings").isLessThanOrEqualTo(4);
    }
  }

  @Test
  @DisplayName(
      "PP-4: there is always room for one byte, so that no room is never taken for the end")
  void thereIsAlwaysRoom() throws ProtocolErrorException {
    try (MessageParser parser = Wire.parser(1 << 20)) {
      byte[] message = Wire.message('d', Wire.random(700, 3));
      ByteBuffer bytes = ByteBuffer.wrap(message);
      for (int i = 0; i < 20_000; i++) {
        assertThat(parser.reserve()).isTrue();
        ByteBuffer space = parser.space();
        assertThat(space.remaining()).isPositive();
        int count = Math.min(Math.min(1 + i % 213, space.remaining()), bytes.remaining());
        space.put(bytes.slice(bytes.position(), count));
        bytes.position(bytes.position() + count);
        parser.received(count);
        if (!bytes.hasRemaining()) {
          bytes.clear();
        }
        while (parser.next()) {
          assertThat(parser.body()).isEqualTo(ByteBuffer.wrap(message, 5, 700));
        }
      }
    }
  }

  @Test
  @DisplayName("PP-5: a length below 4 or above the limit is refused, with its value, unreserved")
  void lengthsOutOfRangeAreRefused() {
    for (int length : new int[] {-1, 0, 3, 1000, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      try (MessageParser parser = Wire.parser(1000)) {
        parser.feed(ByteBuffer.wrap(Wire.message('Q', length, new byte[0])));

        assertThatThrownBy(parser::next)
            .isInstanceOfSatisfying(
                ProtocolErrorException.class,
                e -> assertThat(e.error()).isInstanceOf(ProtocolError.Violation.class))
            .hasMessageContaining(Integer.toString(length))
            .hasMessageContaining("'Q'");
        assertThat(parser.capacityBytes()).isEqualTo(8 << 10);
      }
    }
  }

  @Test
  @DisplayName("PP-5: an unknown tag is refused by its first byte and named")
  void onlyKnownTagsAreAccepted() throws ProtocolErrorException {
    String accepted = "QPDEBCSXdcfpHF";
    for (int tag = 0; tag < 256; tag++) {
      try (MessageParser parser = Wire.parser(1000)) {
        parser.feed(ByteBuffer.wrap(new byte[] {(byte) tag}));
        if (accepted.indexOf(tag) >= 0) {
          assertThat(parser.next()).isFalse();
        } else {
          assertThatThrownBy(parser::next)
              .isInstanceOf(ProtocolErrorException.class)
              .hasMessageContaining(MessageSet.printable((byte) tag));
        }
      }
    }
    assertThat(MessageSet.printable((byte) 200)).isEqualTo("0xc8");
  }

  @Test
  @DisplayName("PP-5: the limit is the connection's, and may change with what it does")
  void theLimitIsOfTheConnection() throws ProtocolErrorException {
    try (MessageParser parser = Wire.parser(100)) {
      parser.limit(200);
      feedAll(parser, Wire.message('d', new byte[195]));
      assertThat(parser.body().remaining()).isEqualTo(195);
      parser.feed(ByteBuffer.wrap(Wire.message('d', new byte[196])));
      assertThatThrownBy(parser::next).hasMessageContaining("200");
    }
  }
}
