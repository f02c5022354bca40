package dev.argon.compute.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.compute.support.StockCluster;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SharedMemoryLayoutTest {

  /// RS-1, IC-1, §6.
  @Test
  void javaAndCAgreeOnEveryOffsetAndValue() throws Exception {
    Path extension = Path.of("extension").toAbsolutePath();
    var _ = StockCluster.run("make", "-s", "-C", extension.toString(), "layout_dump");
    Map<String, Long> c = new TreeMap<>();
    for (String line :
        StockCluster.run(extension.resolve("layout_dump").toString()).lines().toList()) {
      String[] words = line.split(" ", -1);
      c.put(javaName(words[0]), Long.parseUnsignedLong(words[1]));
    }

    Map<String, Long> java = new TreeMap<>();
    for (Field field : SharedMemoryLayout.class.getDeclaredFields()) {
      java.put(field.getName(), ((Number) field.get(null)).longValue());
    }

    assertThat(java).isEqualTo(c);
  }

  /// `sizeof.ArgonChunk` is `CHUNK_SIZE`, `ArgonChunk.fork` is `CHUNK_FORK`, `ARGON_X` is `X`.
  private static String javaName(String name) {
    if (name.startsWith("ARGON_")) {
      return name.substring("ARGON_".length());
    }
    String[] parts = name.split("\\.", -1);
    boolean size = parts[0].equals("sizeof");
    String struct = (size ? parts[1] : parts[0]).substring("Argon".length());
    String prefix = struct.equals("ImageOrder") ? "ORDER" : struct.toUpperCase(Locale.ROOT);
    return prefix + "_" + (size ? "SIZE" : parts[1].toUpperCase(Locale.ROOT));
  }
}
