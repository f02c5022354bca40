package dev.argon.pgwire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StartupTest {

  private static ByteBuffer packet(int code, byte[] rest) {
    return ByteBuffer.allocate(4 + rest.length).putInt(code).put(rest).flip();
  }

  @Test
  void theFourCodesAreTold() throws ProtocolException {
    assertThat(StartupPacket.decode(packet(80877103, new byte[0])))
        .isEqualTo(new StartupPacket.SslRequest());
    assertThat(StartupPacket.decode(packet(80877104, new byte[0])))
        .isEqualTo(new StartupPacket.GssRequest());
    assertThat(StartupPacket.decode(packet(80877102, new byte[] {0, 0, 0, 1, 0, 0, 0, 2})))
        .isEqualTo(new StartupPacket.Cancel(1, 2));
    assertThat(StartupPacket.decode(packet(196608, "user\0a\0database\0b\0\0".getBytes(UTF_8))))
        .isEqualTo(new StartupPacket.Start(3, 0, Map.of("user", "a", "database", "b")));
  }

  @Test
  void brokenStartupPacketsAreProtocolErrors() {
    for (ByteBuffer broken :
        new ByteBuffer[] {
          ByteBuffer.allocate(3),
          packet(80877102, new byte[7]),
          packet(2 << 16, new byte[1]),
          packet(1234 << 16 | 1, new byte[1]),
          packet(196608, "user\0a\0".getBytes(UTF_8)),
          packet(196608, "user\0\0".getBytes(UTF_8)),
          packet(196608, "user".getBytes(UTF_8)),
          packet(196608, new byte[] {'u', 0, (byte) 0xC3, 0, 0}),
        }) {
      assertThatThrownBy(() -> StartupPacket.decode(broken)).isInstanceOf(ProtocolException.class);
    }
  }

  @Test
  void optionItemsAreParsed() throws ProtocolException {
    assertThat(StartupOptions.parse("-c tenant_id=ab timeline_id=cd"))
        .isEqualTo(Map.of("tenant_id", "ab", "timeline_id", "cd"));
    assertThat(StartupOptions.parse("  -ca=b\t-c x=y\\ z\\\\ "))
        .isEqualTo(Map.of("a", "b", "x", "y z\\"));
    assertThat(StartupOptions.parse("")).isEmpty();
    assertThatThrownBy(() -> StartupOptions.parse("junk")).isInstanceOf(ProtocolException.class);
  }

  @Test
  void optionItemsSurviveFormatting() throws ProtocolException {
    Map<String, String> items = new LinkedHashMap<>();
    items.put("a", "with space");
    items.put("b", "back\\slash");
    assertThat(StartupOptions.parse(StartupOptions.format(items))).isEqualTo(items);
  }
}
