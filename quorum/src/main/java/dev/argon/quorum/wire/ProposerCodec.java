package dev.argon.quorum.wire;

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
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Encodes and decodes the messages between proposer and acceptor; the layout is in the package's
/// description. Buffers are big-endian.
public final class ProposerCodec {

  /// Bytes of an append before its WAL.
  public static final int APPEND_HEADER_BYTES = 1 + 4 + 5 * 8;

  private static final int HISTORY_ENTRY_BYTES = 16;
  private static final int MEMBER_BYTES_MIN = 11;
  private static final int HOST_BYTES_MAX = 255;

  private ProposerCodec() {}

  /// How many bytes [#encode(ProposerMessage, ByteBuffer)] writes at most.
  public static int sizeMax(ProposerMessage message) {
    return switch (message) {
      case ProposerMessage.Greeting greeting -> 100 + membershipSizeMax(greeting.membership());
      case ProposerMessage.VoteRequest _ -> 13;
      case ProposerMessage.Elected elected -> 25 + historySize(elected.history());
      case ProposerMessage.Append _ -> APPEND_HEADER_BYTES;
    };
  }

  /// How many bytes [#encode(AcceptorMessage, ByteBuffer)] writes at most.
  public static int sizeMax(AcceptorMessage message) {
    return switch (message) {
      case AcceptorMessage.Greeting greeting -> 17 + membershipSizeMax(greeting.membership());
      case AcceptorMessage.VoteResponse response -> 30 + historySize(response.history());
      case AcceptorMessage.AppendResponse _ -> 256;
    };
  }

  private static int membershipSizeMax(MembershipConfiguration membership) {
    int members = membership.members().size() + membership.newMembers().size();
    return 12 + members * (MEMBER_BYTES_MIN + HOST_BYTES_MAX);
  }

  private static int historySize(TermHistory history) {
    return 4 + history.entries().size() * HISTORY_ENTRY_BYTES;
  }

  /// Writes a message; of an append its header, the WAL is to follow.
  public static void encode(ProposerMessage message, ByteBuffer into) {
    switch (message) {
      case ProposerMessage.Greeting greeting -> {
        into.put((byte) 'g');
        cstring(greeting.tenant().toString(), into);
        cstring(greeting.timeline().toString(), into);
        membership(greeting.membership(), into);
        into.putInt(greeting.server().pgVersion());
        into.putLong(greeting.server().systemId());
        into.putInt(greeting.server().walSegmentBytes());
      }
      case ProposerMessage.VoteRequest(int generation, Term term) ->
          into.put((byte) 'v').putInt(generation).putLong(term.value());
      case ProposerMessage.Elected(int generation, Term term, Lsn start, TermHistory history) -> {
        into.put((byte) 'e').putInt(generation).putLong(term.value()).putLong(start.value());
        history(history, into);
      }
      case ProposerMessage.Append append ->
          into.put((byte) 'a')
              .putInt(append.generation())
              .putLong(append.term().value())
              .putLong(append.beginLsn().value())
              .putLong(append.endLsn().value())
              .putLong(append.commitLsn().value())
              .putLong(append.truncateLsn().value());
    }
  }

  public static void encode(AcceptorMessage message, ByteBuffer into) {
    switch (message) {
      case AcceptorMessage.Greeting greeting -> {
        into.put((byte) 'g').putLong(greeting.node().value());
        membership(greeting.membership(), into);
        into.putLong(greeting.term().value());
      }
      case AcceptorMessage.VoteResponse response -> {
        into.put((byte) 'v').putInt(response.generation()).putLong(response.term().value());
        into.put((byte) (response.granted() ? 1 : 0));
        into.putLong(response.flushLsn().value()).putLong(response.truncateLsn().value());
        history(response.history(), into);
      }
      case AcceptorMessage.AppendResponse response -> {
        into.put((byte) 'a').putInt(response.generation()).putLong(response.term().value());
        into.putLong(response.flushLsn().value()).putLong(response.commitLsn().value());
        into.putLong(response.hotStandby().timestampMicros());
        into.putLong(response.hotStandby().xmin());
        into.putLong(response.hotStandby().catalogXmin());
        response.pageserver().ifPresent(feedback -> FeedbackCodec.encode(feedback, into));
      }
    }
  }

  /// Reads a message to an acceptor. Of an append the WAL remains in `from`, and is exactly as long
  /// as the header says.
  ///
  /// @throws CorruptDataException if the bytes are no such message
  public static ProposerMessage decodeProposerMessage(ByteBuffer from) throws CorruptDataException {
    WireReader reader = new WireReader(from);
    int tag = reader.u8();
    try {
      return switch (tag) {
        case 'g' -> {
          ProposerMessage.Greeting greeting =
              new ProposerMessage.Greeting(
                  TenantId.parse(reader.cstring()),
                  TimelineId.parse(reader.cstring()),
                  membership(reader),
                  new ServerIdentity(reader.i32(), reader.i64(), reader.i32()));
          reader.requireEnd();
          yield greeting;
        }
        case 'v' -> {
          ProposerMessage.VoteRequest request =
              new ProposerMessage.VoteRequest(reader.i32(), reader.term());
          reader.requireEnd();
          yield request;
        }
        case 'e' -> {
          ProposerMessage.Elected elected =
              new ProposerMessage.Elected(
                  reader.i32(), reader.term(), reader.lsn(), history(reader));
          reader.requireEnd();
          yield elected;
        }
        case 'a' -> append(reader, from);
        default -> throw new CorruptDataException("a proposer message with tag " + tag);
      };
    } catch (IllegalArgumentException e) {
      throw new CorruptDataException("an invalid proposer message: " + e.getMessage(), e);
    }
  }

  private static ProposerMessage.Append append(WireReader reader, ByteBuffer from)
      throws CorruptDataException {
    ProposerMessage.Append append =
        new ProposerMessage.Append(
            reader.i32(), reader.term(), reader.lsn(), reader.lsn(), reader.lsn(), reader.lsn());
    long size = append.endLsn().value() - append.beginLsn().value();
    if (append.endLsn().isBefore(append.beginLsn())
        || size > ProposerMessage.Append.BYTES_MAX
        || size != from.remaining()) {
      throw new CorruptDataException(
          "an append from "
              + append.beginLsn()
              + " to "
              + append.endLsn()
              + " with "
              + from.remaining()
              + " bytes of WAL");
    }
    return append;
  }

  /// Reads a message to a proposer.
  ///
  /// @throws CorruptDataException if the bytes are no such message
  public static AcceptorMessage decodeAcceptorMessage(ByteBuffer from) throws CorruptDataException {
    WireReader reader = new WireReader(from);
    int tag = reader.u8();
    try {
      AcceptorMessage message =
          switch (tag) {
            case 'g' ->
                new AcceptorMessage.Greeting(
                    new NodeId(reader.i64()), membership(reader), reader.term());
            case 'v' ->
                new AcceptorMessage.VoteResponse(
                    reader.i32(),
                    reader.term(),
                    reader.u8() != 0,
                    reader.lsn(),
                    reader.lsn(),
                    history(reader));
            case 'a' ->
                new AcceptorMessage.AppendResponse(
                    reader.i32(),
                    reader.term(),
                    reader.lsn(),
                    reader.lsn(),
                    new HotStandbyFeedback(reader.i64(), reader.i64(), reader.i64()),
                    reader.isAtEnd() ? Optional.empty() : Optional.of(feedback(reader)));
            default -> throw new CorruptDataException("an acceptor message with tag " + tag);
          };
      reader.requireEnd();
      return message;
    } catch (IllegalArgumentException e) {
      throw new CorruptDataException("an invalid acceptor message: " + e.getMessage(), e);
    }
  }

  private static PageserverFeedback feedback(WireReader reader) throws CorruptDataException {
    return FeedbackCodec.decode(reader);
  }

  private static void cstring(String text, ByteBuffer into) {
    into.put(text.getBytes(StandardCharsets.UTF_8)).put((byte) 0);
  }

  private static void membership(MembershipConfiguration membership, ByteBuffer into) {
    into.putInt(membership.generation());
    members(membership.members(), into);
    members(membership.newMembers(), into);
  }

  private static void members(List<MembershipConfiguration.Member> members, ByteBuffer into) {
    into.putInt(members.size());
    for (MembershipConfiguration.Member member : members) {
      into.putLong(member.id().value());
      cstring(member.host(), into);
      into.putShort((short) member.pgPort());
    }
  }

  private static MembershipConfiguration membership(WireReader reader) throws CorruptDataException {
    return new MembershipConfiguration(reader.i32(), members(reader), members(reader));
  }

  private static List<MembershipConfiguration.Member> members(WireReader reader)
      throws CorruptDataException {
    int count = reader.count(MEMBER_BYTES_MIN);
    List<MembershipConfiguration.Member> members = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      members.add(
          new MembershipConfiguration.Member(
              new NodeId(reader.i64()), reader.cstring(), reader.u16()));
    }
    return members;
  }

  private static void history(TermHistory history, ByteBuffer into) {
    into.putInt(history.entries().size());
    for (TermHistory.Entry entry : history.entries()) {
      into.putLong(entry.term().value()).putLong(entry.lsn().value());
    }
  }

  private static TermHistory history(WireReader reader) throws CorruptDataException {
    int count = reader.count(HISTORY_ENTRY_BYTES);
    List<TermHistory.Entry> entries = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      entries.add(new TermHistory.Entry(reader.term(), reader.lsn()));
    }
    return new TermHistory(entries);
  }
}
