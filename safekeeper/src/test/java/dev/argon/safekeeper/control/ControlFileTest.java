package dev.argon.safekeeper.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.identity.NodeId;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.ControlState;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.ServerIdentity;
import dev.argon.quorum.Term;
import dev.argon.quorum.TermHistory;
import dev.argon.safekeeper.TimelineKey;
import dev.argon.safekeeper.wal.Disk;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlFileTest {

  private static final ControlContent CONTENT =
      new ControlContent(
          new NodeId(7),
          new TimelineKey(new TenantId(1, 2), new TimelineId(3, 4)),
          new ControlState(
              new MembershipConfiguration(
                  1,
                  List.of(new MembershipConfiguration.Member(new NodeId(7), "ab", 5454)),
                  List.of()),
              new Term(9),
              TermHistory.beginningAt(new Lsn(0x10)).with(new Term(5), new Lsn(0x20)),
              new ServerIdentity(150020, 0x77, 16 << 20),
              new Lsn(0x10),
              new Lsn(0x50),
              new Lsn(0x40),
              new Lsn(0x30),
              new Lsn(0x28),
              new Lsn(0x18)),
          new ArchiveState(
              List.of(
                  new PartialSegment(
                      PartialSegment.Status.UPLOADED,
                      "cd",
                      new Term(5),
                      new Lsn(0x50),
                      new Lsn(0x40))),
              Optional.of(new Lsn(0x50))));

  @TempDir Path directory;

  private static byte[] bytes() {
    ByteBuffer file = ControlFormat.encode(CONTENT);
    byte[] bytes = new byte[file.remaining()];
    file.get(bytes);
    return bytes;
  }

  /// What versions 1 and 2 have in common, of [#CONTENT].
  private static final String BODY =
      "0000000000000007" // node
          + "00000000000000010000000000000002" // tenant
          + "00000000000000030000000000000004" // timeline
          + "00000001" // generation
          + "00000001"
          + "0000000000000007"
          + "0002"
          + "6162"
          + "154e" // members
          + "00000000" // new members
          + "0000000000000009" // term
          + "00000002"
          + "0000000000000000"
          + "0000000000000010"
          + "0000000000000005"
          + "0000000000000020" // history
          + "00024a04"
          + "0000000000000077"
          + "01000000" // server
          + "0000000000000010"
          + "0000000000000050"
          + "0000000000000040"
          + "0000000000000030"
          + "0000000000000028"
          + "0000000000000018";

  @Test
  void theFileHasTheseBytes() {
    String body =
        BODY
            + "00000001"
            + "02"
            + "0002"
            + "6364"
            + "0000000000000005"
            + "0000000000000050"
            + "0000000000000040" // a partial segment
            + "01"
            + "0000000000000050"; // evicted
    String head = "41536b43" + "00000002" + "%08x".formatted(body.length() / 2);

    String hex = HexFormat.of().formatHex(bytes());
    assertThat(hex).startsWith(head + body).hasSize(head.length() + body.length() + 8);
    assertThat(hex.substring(hex.length() - 8)).isEqualTo("75333d0d");
  }

  @Test
  void aFileOfVersion1IsRead() throws Exception {
    String head = "41536b43" + "00000001" + "%08x".formatted(BODY.length() / 2);
    byte[] file = HexFormat.of().parseHex(head + BODY + "a556ad58");

    assertThat(ControlFormat.decode(ByteBuffer.wrap(file), "x"))
        .isEqualTo(
            new ControlContent(CONTENT.node(), CONTENT.key(), CONTENT.state(), ArchiveState.NONE));
  }

  @Test
  void whatWasWrittenIsRead() throws Exception {
    ControlFile file = new ControlFile(Disk.LOCAL, directory);
    file.write(CONTENT);
    file.write(CONTENT);

    assertThat(file.read()).isEqualTo(CONTENT);
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(directory.resolve("safekeeper.control"));
    }
  }

  @Test
  void everyChangedByteIsNoticed() {
    byte[] good = bytes();
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= 0x10;
      assertThatThrownBy(() -> ControlFormat.decode(ByteBuffer.wrap(bad), "x"))
          .isInstanceOf(CorruptDataException.class);
      ByteBuffer shorter = ByteBuffer.wrap(good, 0, i).slice();
      assertThatThrownBy(() -> ControlFormat.decode(shorter, "x"))
          .isInstanceOf(CorruptDataException.class);
    }
  }

  @Test
  void aNewerFormatVersionIsAnErrorOfItsOwn() {
    ByteBuffer file = ControlFormat.encode(CONTENT);
    file.putInt(4, 3);
    assertThatThrownBy(() -> ControlFormat.decode(file, "x"))
        .isInstanceOf(NewerFormatException.class)
        .hasMessageContaining("newer version of Argon (control file format 3")
        .hasMessageContaining("start that version here");
  }

  /// With a right checksum even: what is within is checked as well.
  @Test
  void anyBodyIsContentOrCorrupt() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      ByteBuffer file = ControlFormat.encode(CONTENT);
      int bodyEnd = file.limit() - 4;
      for (int change = 0; change < 3; change++) {
        file.put(12 + random.nextInt(bodyEnd - 12), (byte) random.nextInt());
      }
      java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
      crc.update(file.slice(0, bodyEnd));
      file.putInt(bodyEnd, (int) crc.getValue());
      try {
        assertThat(ControlFormat.decode(file, "x")).isNotNull();
      } catch (CorruptDataException e) {
        assertThat(e.getMessage()).startsWith("x: ");
      }
    }
  }
}
