package dev.argon.quorum.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.Term;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SubscriptionCodecTest {

  private static final SubscriptionMessage.Timelines TIMELINES =
      new SubscriptionMessage.Timelines(
          List.of(
              new TimelineUpdate(
                  new TenantId(1, 2),
                  new TimelineId(3, 4),
                  5,
                  new Term(6),
                  new Term(7),
                  new Lsn(0x10),
                  new Lsn(0x20),
                  new Lsn(0x30),
                  new Lsn(0x40),
                  new Lsn(0x50),
                  true)));

  private static byte[] bytes(SubscriptionMessage message) {
    ByteBuffer encoded = SubscriptionCodec.encode(message);
    byte[] bytes = new byte[encoded.remaining()];
    encoded.get(bytes);
    return bytes;
  }

  @Test
  void anUpdateHasTheseBytes() {
    String expected =
        "54"
            + "00000001"
            + "00000000000000010000000000000002"
            + "00000000000000030000000000000004"
            + "00000005"
            + "0000000000000006"
            + "0000000000000007"
            + "0000000000000010"
            + "0000000000000020"
            + "0000000000000030"
            + "0000000000000040"
            + "0000000000000050"
            + "01";

    assertThat(HexFormat.of().formatHex(bytes(TIMELINES))).isEqualTo(expected);
  }

  @Test
  void whatWasEncodedIsDecoded() throws Exception {
    for (SubscriptionMessage message :
        List.of(
            TIMELINES,
            new SubscriptionMessage.Timelines(List.of()),
            new SubscriptionMessage.RemoteConsistent(
                List.of(
                    new SubscriptionMessage.Reached(
                        new TenantId(1, 2), new TimelineId(3, 4), new Lsn(5)))),
            new SubscriptionMessage.KeepAlive())) {
      assertThat(SubscriptionCodec.decode(SubscriptionCodec.encode(message))).isEqualTo(message);
    }
  }

  @Test
  void anyBytesAreAMessageOrCorrupt() {
    Random random = new Random(1);
    byte[] good = bytes(TIMELINES);
    for (int i = 0; i < 20_000; i++) {
      byte[] bad = java.util.Arrays.copyOf(good, random.nextInt(good.length + 20));
      for (int change = 0; change < 3 && bad.length > 0; change++) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      }
      try {
        assertThat(SubscriptionCodec.decode(ByteBuffer.wrap(bad))).isNotNull();
      } catch (CorruptDataException e) {
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
  }

  @Test
  void aMessageIsBounded() {
    assertThatThrownBy(() ->
            SubscriptionCodec.encode(
                new SubscriptionMessage.Timelines(
                    java.util.Collections.nCopies(
                        SubscriptionCodec.UPDATES_MAX + 1, TIMELINES.updates().getFirst()))))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
