package dev.argon.pageserver.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.pageservice.PageKey;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.RelFileNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerFileTest {

  private static final LayerIdentity IDENTITY =
      new LayerIdentity(new TenantId(1, 2), new TimelineId(3, 4), LayerKind.DELTA, 0x10, 0x1000);

  private final Path directory;
  private final Path path;

  LayerFileTest(@TempDir Path directory) {
    this.directory = directory;
    path = directory.resolve("layer");
  }

  private static PageKey key(int block) {
    return PageKey.relationBlock(new RelFileNode(1663, 5, 100), 0, block);
  }

  private static byte[] value(int block, int version, int size) {
    byte[] bytes = new byte[size];
    new Random(block * 1000L + version).nextBytes(bytes);
    return bytes;
  }

  /// Blocks of four versions each; every tenth value is longer than a block of the file.
  private LayerSummary write(int blocks, int size) throws IOException {
    try (LayerWriter writer = new LayerWriter(path, IDENTITY)) {
      for (int block = 0; block < blocks; block++) {
        for (int version = 1; version <= 4; version++) {
          int length = block % 10 == 9 ? 50_000 : size;
          writer.add(
              key(block).high(),
              key(block).low(),
              0x10L * version + 0x100,
              version == 1 ? ValueKind.IMAGE : ValueKind.RECORD,
              version,
              ByteBuffer.wrap(value(block, version, length)));
        }
      }
      return writer.finish();
    }
  }

  private LayerFile open(LayerSummary summary) {
    return new LayerFile(
        path,
        summary,
        new BlockCache(1 << 20),
        missing -> {
          throw new NoSuchFileException(missing.toString());
        });
  }

  private static List<String> everything(LayerFile file) throws IOException, CorruptDataException {
    List<String> all = new ArrayList<>();
    LayerFile.Cursor cursor = file.cursorFrom(PageKey.firstOf(PageKey.Kind.RELATION_BLOCK));
    while (cursor.isValid()) {
      ByteBuffer bytes = cursor.bytes();
      all.add(
          cursor.key()
              + " "
              + cursor.lsn()
              + " "
              + cursor.kind()
              + " "
              + cursor.blockIndex()
              + " "
              + bytes.hashCode());
      cursor.next();
    }
    return all;
  }

  @Test
  void versionsComeBackNewestFirstAndWithinTheirBounds() throws Exception {
    LayerFile file = open(write(300, 400));

    for (int block = 0; block < 300; block += 7) {
      List<Long> lsns = new ArrayList<>();
      int wanted = block;
      boolean older =
          file.visit(
              key(block).high(),
              key(block).low(),
              0x110,
              0x130,
              (lsn, kind, index, bytes) -> {
                lsns.add(lsn);
                assertThat(kind).isEqualTo(ValueKind.RECORD);
                int size = wanted % 10 == 9 ? 50_000 : 400;
                assertThat(bytes).isEqualTo(ByteBuffer.wrap(value(wanted, index, size)));
                return true;
              });
      assertThat(lsns).containsExactly(0x130L, 0x120L);
      assertThat(older).isTrue();
    }
    assertThat(everything(file)).hasSize(1200);
  }

  @Test
  void keyThatIsNotThereHasNoVersions() throws Exception {
    LayerFile file = open(write(20, 10));

    for (int block : new int[] {20, 1000, -1}) {
      assertThat(file.visit(key(block).high(), key(block).low(), 0, -1L, (_, _, _, _) -> false))
          .isTrue();
    }
  }

  @Test
  void beginAndEndOfAFileInHex() throws Exception {
    write(2, 4);

    byte[] file = Files.readAllBytes(path);
    HexFormat hex = HexFormat.of();
    assertThat(hex.formatHex(file, 0, 16)).isEqualTo("4152474f4e4c59520000000100000001");
    int footer = file.length - 160;
    assertThat(hex.formatHex(file, footer, footer + 108))
        .isEqualTo(
            "4152474f4e465452"
                + "00000001"
                + "00000001"
                + "00000000000000010000000000000002"
                + "00000000000000030000000000000004"
                + "0000000000000010"
                + "0000000000001000"
                + "000019fc000000140000019000000000"
                + "000019fc000000140000019000000001"
                + "0000000000000008"
                + "00000000");
  }

  /// Whatever single byte is wrong: what is read is right or the typed error.
  @Test
  void flippedByteIsNoticed() throws Exception {
    LayerSummary summary = write(12, 30);
    List<String> right = everything(open(summary));
    byte[] file = Files.readAllBytes(path);
    int noticed = 0;
    for (int i = 0; i < file.length; i += i < 200 || i > file.length - 2000 ? 1 : 397) {
      byte[] damaged = file.clone();
      damaged[i] ^= (byte) (1 << (i % 8));
      Files.write(path, damaged);
      try {
        assertThat(everything(open(summary))).isEqualTo(right);
      } catch (CorruptDataException e) {
        assertThat(e).hasMessageContaining(path.toString());
        noticed++;
      }
    }
    assertThat(noticed).isGreaterThan(2000);
  }

  @Test
  void tornFileIsNoticed() throws Exception {
    LayerSummary summary = write(12, 30);
    byte[] file = Files.readAllBytes(path);
    for (int length = 0; length < file.length; length += 1 + length / 10) {
      Files.write(path, java.util.Arrays.copyOf(file, length));
      LayerFile torn = open(summary);

      assertThatThrownBy(torn::check).isInstanceOf(CorruptDataException.class);
    }
  }

  @Test
  void fileOfAnotherLayerIsNotBelievedByItsName() throws Exception {
    LayerSummary other = write(3, 30);
    Files.delete(path);
    write(4, 30);

    assertThatThrownBy(() -> open(other).check())
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("index says");
  }

  @Test
  void writerThatIsNotFinishedLeavesNothing() throws Exception {
    try (LayerWriter writer = new LayerWriter(path, IDENTITY)) {
      writer.add(1, 1, 1, ValueKind.IMAGE, 0, ByteBuffer.allocate(10));
    }

    try (var files = Files.list(directory)) {
      assertThat(files).isEmpty();
    }
  }
}
