package dev.argon.compute.kept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class KeptObjectTest {

  private static byte[] bytes(KeptObject object) {
    ByteBuffer encoded = object.encode();
    byte[] bytes = new byte[encoded.remaining()];
    encoded.get(bytes);
    return bytes;
  }

  private static KeptObject object(String... names) {
    Map<String, byte[]> entries = new TreeMap<>();
    for (String name : names) {
      entries.put(name, (name + "!").getBytes(StandardCharsets.US_ASCII));
    }
    return new KeptObject(new Lsn(0x1_0203_0405L), entries);
  }

  @Test
  void bytesAreAsTheFormatSays() {
    String expected =
        "4152474e4b455054"
            + "00000001"
            + "0000000102030405"
            + "00000001"
            + "0001"
            + "61"
            + "00000002"
            + "6121";

    byte[] bytes = bytes(object("a"));

    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length - 4);
    assertThat(HexFormat.of().formatHex(bytes))
        .isEqualTo(expected + HexFormat.of().toHexDigits((int) crc.getValue()));
  }

  @Test
  void whatWasWrittenIsRead() throws Exception {
    KeptObject read = KeptObject.decode(bytes(object("pgstat.stat", "pg_stat_statements.stat")));

    assertThat(read.lsn()).isEqualTo(new Lsn(0x1_0203_0405L));
    assertThat(read.entries()).containsOnlyKeys("pgstat.stat", "pg_stat_statements.stat");
    assertThat(read.entries().get("pgstat.stat"))
        .isEqualTo("pgstat.stat!".getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void anyChangedByteIsNoticed() {
    byte[] good = bytes(object("a", "b"));
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= 0x10;
      assertThatThrownBy(() -> KeptObject.decode(bad)).isInstanceOf(CorruptDataException.class);
    }
    for (int length = 0; length < good.length; length++) {
      byte[] bad = Arrays.copyOf(good, length);
      assertThatThrownBy(() -> KeptObject.decode(bad)).isInstanceOf(CorruptDataException.class);
    }
  }

  @Test
  void nameThatLeavesItsDirectoryIsRefused() {
    for (String name : new String[] {"../a", ".a", "a/b", ""}) {
      byte[] bad = bytes(object(name));
      assertThatThrownBy(() -> KeptObject.decode(bad))
          .isInstanceOf(CorruptDataException.class)
          .hasMessageContaining("entry");
    }
  }
}
