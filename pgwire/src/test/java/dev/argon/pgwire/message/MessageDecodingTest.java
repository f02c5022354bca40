package dev.argon.pgwire.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class MessageDecodingTest {

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  private static ByteBuffer bytes(int... values) {
    ByteBuffer buffer = ByteBuffer.allocate(values.length);
    for (int value : values) {
      buffer.put((byte) value);
    }
    return buffer.flip();
  }

  @Test
  void everyFrontendMessageSurvivesEncoding() throws ProtocolErrorException {
    for (FrontendMessage message :
        List.of(
            new FrontendMessage.Query("select 'ä'"),
            new FrontendMessage.Parse("s", "select $1", List.of(23, 0)),
            new FrontendMessage.Bind(
                "p",
                "s",
                List.of(1),
                List.of(Optional.of(bytes("x")), Optional.empty()),
                List.of()),
            new FrontendMessage.Describe(FrontendMessage.Target.STATEMENT, "s"),
            new FrontendMessage.Describe(FrontendMessage.Target.PORTAL, ""),
            new FrontendMessage.Execute("p", 7),
            new FrontendMessage.Close(FrontendMessage.Target.PORTAL, "p"),
            new FrontendMessage.Sync(),
            new FrontendMessage.Flush(),
            new FrontendMessage.Terminate(),
            new FrontendMessage.FunctionCall(1, List.of(0), List.of(Optional.of(bytes("a"))), 1),
            new FrontendMessage.CopyData(bytes("payload")),
            new FrontendMessage.CopyDone(),
            new FrontendMessage.CopyFail("why"),
            new FrontendMessage.AuthenticationResponse(bytes("secret\0")))) {
      MessageEncoder encoder = new MessageEncoder();
      message.encode(encoder);
      byte[] whole = Wire.taken(encoder);

      assertThat(
              FrontendMessage.decode(whole[0], ByteBuffer.wrap(whole).slice(5, whole.length - 5)))
          .isEqualTo(message);
      assertThat(ByteBuffer.wrap(whole).getInt(1)).isEqualTo(whole.length - 1);
    }
  }

  @Test
  @DisplayName("PP-5: bodies that are too short, too long or no text are bad messages, no crash")
  void brokenBodiesAreBadMessages() {
    Map<String, ByteBuffer> broken =
        Map.ofEntries(
            Map.entry("D empty", bytes()),
            Map.entry("D kind", bytes("Xname\0")),
            Map.entry("D name", bytes("Sname")),
            Map.entry("Q no zero", bytes("select")),
            Map.entry("Q not UTF-8", bytes(0xC3, 0)),
            Map.entry("Q two", bytes("a\0b")),
            Map.entry("E short", bytes("p\0\0\0")),
            Map.entry("P count", bytes('s', 0, 'q', 0, 0xFF, 0xFF)),
            Map.entry("B length", bytes(0, 0, 0, 0, 0, 1, 0x7F, 0xFF, 0xFF, 0xFF)),
            Map.entry("B negative", bytes(0, 0, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFE, 0, 0)),
            Map.entry("S long", bytes(1)),
            Map.entry("X long", bytes(1)),
            Map.entry("f no zero", bytes("why")),
            Map.entry("C empty", bytes()));
    broken.forEach((name, body) ->
        assertThatThrownBy(() -> FrontendMessage.decode((byte) name.charAt(0), body))
            .as(name)
            .isInstanceOfSatisfying(
                ProtocolErrorException.class,
                e -> assertThat(e.error()).isInstanceOf(ProtocolError.BadMessage.class)));
  }

  @Test
  void aPasswordEndsWithItsZero() throws ProtocolErrorException {
    assertThat(new FrontendMessage.AuthenticationResponse(bytes("secret\0")).password())
        .isEqualTo("secret");
    assertThatThrownBy(() -> new FrontendMessage.AuthenticationResponse(bytes("secret")).password())
        .isInstanceOf(ProtocolErrorException.class);
    assertThat(FrontendMessage.SaslInitialResponse.decode(bytes('S', 0, 0xFF, 0xFF, 0xFF, 0xFF)))
        .isEqualTo(new FrontendMessage.SaslInitialResponse("S", bytes()));
    assertThatThrownBy(
            () -> FrontendMessage.SaslInitialResponse.decode(bytes('S', 0, 0, 0, 0, 9, 1)))
        .isInstanceOf(ProtocolErrorException.class);
  }

  @Test
  @DisplayName("PP-7: the four codes of a startup packet")
  void theFourCodesAreTold() throws ProtocolErrorException {
    assertThat(StartupPacket.decode(packet(80877103, bytes())))
        .isEqualTo(new StartupPacket.SslRequest());
    assertThat(StartupPacket.decode(packet(80877104, bytes())))
        .isEqualTo(new StartupPacket.GssRequest());
    assertThat(StartupPacket.decode(packet(80877102, bytes(0, 0, 0, 1, 0, 0, 0, 2))))
        .isEqualTo(new StartupPacket.Cancel(1, new SecretKey(new byte[] {0, 0, 0, 2})));
    assertThat(StartupPacket.decode(packet(196608, bytes("user\0a\0database\0b\0\0"))))
        .isEqualTo(new StartupPacket.Start(3, 0, Map.of("user", "a", "database", "b")));
  }

  @Test
  void aCancelKeyOfProtocol32IsLonger() throws ProtocolErrorException {
    SecretKey key = new SecretKey(Wire.random(256, 1));
    MessageEncoder encoder = new MessageEncoder();
    new StartupPacket.Cancel(77, key).encode(encoder);
    byte[] packet = Wire.taken(encoder);

    assertThat(StartupPacket.decode(ByteBuffer.wrap(packet).slice(4, packet.length - 4)))
        .isEqualTo(new StartupPacket.Cancel(77, key));
    assertThatThrownBy(() -> StartupPacket.decode(packet(80877102, ByteBuffer.allocate(4 + 257))))
        .isInstanceOf(ProtocolErrorException.class);
  }

  private static ByteBuffer packet(int code, ByteBuffer rest) {
    return ByteBuffer.allocate(4 + rest.remaining()).putInt(code).put(rest).flip();
  }

  @Test
  @DisplayName(
      "PP-7: broken startup packets, with an odd number of strings or bad UTF-8, are errors")
  void brokenStartupPacketsAreProtocolErrors() {
    for (ByteBuffer broken :
        List.of(
            ByteBuffer.allocate(3),
            packet(80877102, ByteBuffer.allocate(7)),
            packet(80877103, ByteBuffer.allocate(1)),
            packet(2 << 16, ByteBuffer.allocate(1)),
            packet(1234 << 16 | 1, ByteBuffer.allocate(1)),
            packet(196608, bytes("user\0a\0")),
            packet(196608, bytes("user\0\0")),
            packet(196608, bytes("user\0a\0database\0\0")),
            packet(196608, bytes("user")),
            packet(196608, bytes('u', 0, 0xC3, 0, 0)))) {
      assertThatThrownBy(() -> StartupPacket.decode(broken))
          .isInstanceOf(ProtocolErrorException.class);
    }
  }

  @Test
  @DisplayName("PP-7: a startup packet of 3, 4, 7 or 10001 bytes is refused; 8 and 10000 are not")
  void theLengthOfAStartupPacketIsLimited() throws ProtocolErrorException {
    for (int length : new int[] {-1, 0, 3, 4, 7, 10_001, Integer.MAX_VALUE}) {
      try (MessageParser parser = Wire.parser(1 << 20)) {
        parser.feed(ByteBuffer.allocate(4).putInt(length).flip());
        assertThatThrownBy(parser::nextStartup)
            .isInstanceOf(ProtocolErrorException.class)
            .hasMessageContaining(Integer.toString(length));
      }
    }
    for (int length : new int[] {8, 10_000}) {
      try (MessageParser parser = Wire.parser(1 << 20)) {
        parser.feed(ByteBuffer.allocate(4).putInt(length).flip());
        assertThat(parser.nextStartup()).isFalse();
      }
    }
  }

  @Test
  void replicationMessagesSurviveEncoding() throws ProtocolErrorException {
    for (ReplicationMessage message :
        List.of(
            new ReplicationMessage.XLogData(1, 2, 3, bytes("wal")),
            new ReplicationMessage.PrimaryKeepalive(-1L, 5, true),
            new ReplicationMessage.StandbyStatus(1, 2, 3, 4, false),
            new ReplicationMessage.HotStandbyFeedback(1, -2, 3, 4, 5))) {
      ByteBuffer payload = ByteBuffer.allocate(message.encodedSize());
      message.encode(payload);

      assertThat(payload.hasRemaining()).isFalse();
      assertThat(ReplicationMessage.decode(payload.flip())).isEqualTo(message);
      for (int length = 0; length < payload.limit(); length++) {
        ByteBuffer cut = payload.slice(0, length);
        if (length < 25 || !(message instanceof ReplicationMessage.XLogData)) {
          assertThatThrownBy(() -> ReplicationMessage.decode(cut))
              .isInstanceOf(ProtocolErrorException.class);
        }
      }
    }
  }

  @Test
  void aKeepaliveHasItsBytes() throws ProtocolErrorException {
    assertThat(
            ReplicationMessage.decode(
                bytes('k', 0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 9, 1)))
        .isEqualTo(new ReplicationMessage.PrimaryKeepalive(0x01020304, 9, true));
  }
}
