package dev.argon.quorum.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.identity.NodeId;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.HotStandbyFeedback;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.PageserverFeedback;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.ServerIdentity;
import dev.argon.quorum.Term;
import dev.argon.quorum.TermHistory;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ProposerCodecTest {

  private static final MembershipConfiguration MEMBERSHIP =
      new MembershipConfiguration(
          2,
          List.of(new MembershipConfiguration.Member(new NodeId(7), "a", 5454)),
          List.of(new MembershipConfiguration.Member(new NodeId(8), "bc", 1)));
  private static final TermHistory HISTORY =
      TermHistory.beginningAt(new Lsn(0x10)).with(new Term(3), new Lsn(0x20));
  private static final String MEMBERSHIP_HEX =
      "00000002"
          + "00000001"
          + "0000000000000007"
          + "6100"
          + "154e"
          + "00000001"
          + "0000000000000008"
          + "626300"
          + "0001";
  private static final String HISTORY_HEX =
      "00000002"
          + "0000000000000000"
          + "0000000000000010"
          + "0000000000000003"
          + "0000000000000020";

  private static final List<ProposerMessage> TO_ACCEPTOR =
      List.of(
          new ProposerMessage.Greeting(
              new TenantId(1, 2),
              new TimelineId(3, 4),
              MEMBERSHIP,
              new ServerIdentity(150020, 5, 16 << 20)),
          new ProposerMessage.VoteRequest(2, new Term(9)),
          new ProposerMessage.Elected(2, new Term(9), new Lsn(0x30), HISTORY),
          new ProposerMessage.Append(
              2, new Term(9), new Lsn(0x30), new Lsn(0x30), new Lsn(0x28), new Lsn(0x20)));

  private static final List<AcceptorMessage> TO_PROPOSER =
      List.of(
          new AcceptorMessage.Greeting(new NodeId(7), MEMBERSHIP, new Term(8)),
          new AcceptorMessage.VoteResponse(
              2, new Term(9), true, new Lsn(0x30), new Lsn(0x20), HISTORY),
          new AcceptorMessage.AppendResponse(
              2,
              new Term(9),
              new Lsn(0x38),
              new Lsn(0x30),
              new HotStandbyFeedback(1, 2, 3),
              Optional.empty()),
          new AcceptorMessage.AppendResponse(
              2,
              new Term(9),
              new Lsn(0x38),
              new Lsn(0x30),
              HotStandbyFeedback.NONE,
              Optional.of(new PageserverFeedback(1, new Lsn(2), new Lsn(3), new Lsn(4), 5))));

  private static String hex(ProposerMessage message) {
    ByteBuffer bytes = ByteBuffer.allocate(ProposerCodec.sizeMax(message));
    ProposerCodec.encode(message, bytes);
    return HexFormat.of().formatHex(bytes.array(), 0, bytes.position());
  }

  private static String hex(AcceptorMessage message) {
    ByteBuffer bytes = ByteBuffer.allocate(ProposerCodec.sizeMax(message));
    ProposerCodec.encode(message, bytes);
    return HexFormat.of().formatHex(bytes.array(), 0, bytes.position());
  }

  @Test
  void messagesToAcceptorsHaveTheseBytes() {
    String ids =
        HexFormat.of().formatHex("00000000000000010000000000000002".getBytes(ascii()))
            + "00"
            + HexFormat.of().formatHex("00000000000000030000000000000004".getBytes(ascii()))
            + "00";
    assertThat(hex(TO_ACCEPTOR.get(0)))
        .isEqualTo("67" + ids + MEMBERSHIP_HEX + "00024a04" + "0000000000000005" + "01000000");
    assertThat(hex(TO_ACCEPTOR.get(1))).isEqualTo("76" + "00000002" + "0000000000000009");
    assertThat(hex(TO_ACCEPTOR.get(2)))
        .isEqualTo("65" + "00000002" + "0000000000000009" + "0000000000000030" + HISTORY_HEX);
    assertThat(hex(TO_ACCEPTOR.get(3)))
        .isEqualTo(
            "61"
                + "00000002"
                + "0000000000000009"
                + "0000000000000030"
                + "0000000000000030"
                + "0000000000000028"
                + "0000000000000020");
  }

  private static java.nio.charset.Charset ascii() {
    return java.nio.charset.StandardCharsets.US_ASCII;
  }

  @Test
  void messagesToProposersHaveTheseBytes() {
    assertThat(hex(TO_PROPOSER.get(0)))
        .isEqualTo("67" + "0000000000000007" + MEMBERSHIP_HEX + "0000000000000008");
    assertThat(hex(TO_PROPOSER.get(1)))
        .isEqualTo(
            "76"
                + "00000002"
                + "0000000000000009"
                + "01"
                + "0000000000000030"
                + "0000000000000020"
                + HISTORY_HEX);
    assertThat(hex(TO_PROPOSER.get(2)))
        .isEqualTo(
            "61"
                + "00000002"
                + "0000000000000009"
                + "0000000000000038"
                + "0000000000000030"
                + "0000000000000001"
                + "0000000000000002"
                + "0000000000000003");
    assertThat(hex(TO_PROPOSER.get(3)))
        .startsWith(hex(TO_PROPOSER.get(2)).substring(0, 58))
        .contains(
            "05"
                + HexFormat.of().formatHex("current_timeline_size".getBytes(ascii()))
                + "00"
                + "00000008"
                + "0000000000000001");
  }

  @Test
  void whatWasEncodedIsDecoded() throws CorruptDataException {
    for (ProposerMessage message : TO_ACCEPTOR) {
      assertThat(
              ProposerCodec.decodeProposerMessage(
                  ByteBuffer.wrap(HexFormat.of().parseHex(hex(message)))))
          .isEqualTo(message);
    }
    for (AcceptorMessage message : TO_PROPOSER) {
      assertThat(
              ProposerCodec.decodeAcceptorMessage(
                  ByteBuffer.wrap(HexFormat.of().parseHex(hex(message)))))
          .isEqualTo(message);
    }
  }

  @Test
  void keysOfLaterVersionsAreSkipped() throws CorruptDataException {
    ByteBuffer bytes = ByteBuffer.allocate(100);
    bytes.put((byte) 3);
    bytes.put("shard_number\0".getBytes(ascii())).putInt(4).putInt(1);
    bytes.put("later\0".getBytes(ascii())).putInt(0);
    bytes.put("ps_applylsn\0".getBytes(ascii())).putInt(8).putLong(77);
    assertThat(FeedbackCodec.decode(bytes.flip()).remoteConsistentLsn()).isEqualTo(new Lsn(77));
  }

  @Test
  void anAppendMustBeAsLongAsItSays() {
    ProposerMessage.Append append =
        new ProposerMessage.Append(
            1, new Term(1), new Lsn(100), new Lsn(110), Lsn.INVALID, Lsn.INVALID);
    byte[] header = HexFormat.of().parseHex(hex(append));
    for (int size : new int[] {0, 9, 11}) {
      ByteBuffer bytes = ByteBuffer.allocate(header.length + size).put(header).clear();
      assertThatThrownBy(() -> ProposerCodec.decodeProposerMessage(bytes))
          .isInstanceOf(CorruptDataException.class);
    }
  }

  /// Whatever comes: a message or a [CorruptDataException].
  @Test
  void anyBytesAreAMessageOrCorrupt() {
    Random random = new Random(5);
    int decoded = 0;
    for (int i = 0; i < 50_000; i++) {
      byte[] bytes = HexFormat.of().parseHex(i % 2 == 0 ? hex(any(TO_ACCEPTOR, i)) : hex2(i));
      for (int change = random.nextInt(4); change > 0; change--) {
        bytes[random.nextInt(bytes.length)] = (byte) (random.nextBoolean() ? -1 : random.nextInt());
      }
      ByteBuffer cut = ByteBuffer.wrap(bytes, 0, bytes.length - random.nextInt(3));
      try {
        if (i % 2 == 0) {
          ProposerCodec.decodeProposerMessage(cut);
        } else {
          ProposerCodec.decodeAcceptorMessage(cut);
        }
        decoded++;
      } catch (CorruptDataException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
    assertThat(decoded).isPositive();
  }

  private static <T> T any(List<T> list, int i) {
    return list.get(i / 2 % list.size());
  }

  private static String hex2(int i) {
    return hex(any(TO_PROPOSER, i));
  }
}
