package dev.argon.safekeeper.control;

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
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/// Bytes of a control file to its content and back. The layout is in the package's description.
/// Written is always [#VERSION]; files of [#VERSION_WITHOUT_ARCHIVE] are read as well.
public final class ControlFormat {

  static final int MAGIC = 0x41536B43;
  static final int VERSION = 2;

  /// The first version: it ends with the backup LSN.
  static final int VERSION_WITHOUT_ARCHIVE = 1;

  private static final int HEADER_BYTES = 12;
  private static final int CRC_BYTES = 4;
  private static final int FIXED_BODY_BYTES = 213;
  private static final int MEMBER_BYTES_MAX = 12 + 1024;
  private static final int HISTORY_ENTRY_BYTES = 16;
  private static final int PARTIAL_BYTES_MIN = 1 + 2 + 3 * Long.BYTES;
  private static final int PARTIAL_NAME_BYTES_MAX = 200;

  private ControlFormat() {}

  /// @return the file's bytes, position 0 to limit
  public static ByteBuffer encode(ControlContent content) {
    ControlState state = content.state();
    int members = state.membership().members().size() + state.membership().newMembers().size();
    ByteBuffer file =
        ByteBuffer.allocate(
            HEADER_BYTES
                + FIXED_BODY_BYTES
                + members * MEMBER_BYTES_MAX
                + state.history().entries().size() * HISTORY_ENTRY_BYTES
                + content.archive().partials().size() * (PARTIAL_BYTES_MIN + PARTIAL_NAME_BYTES_MAX)
                + CRC_BYTES);
    file.putInt(MAGIC).putInt(VERSION).putInt(0);
    file.putLong(content.node().value());
    file.putLong(content.key().tenant().high()).putLong(content.key().tenant().low());
    file.putLong(content.key().timeline().high()).putLong(content.key().timeline().low());
    file.putInt(state.membership().generation());
    encodeMembers(state.membership().members(), file);
    encodeMembers(state.membership().newMembers(), file);
    file.putLong(state.term().value());
    file.putInt(state.history().entries().size());
    for (TermHistory.Entry entry : state.history().entries()) {
      file.putLong(entry.term().value()).putLong(entry.lsn().value());
    }
    file.putInt(state.server().pgVersion());
    file.putLong(state.server().systemId());
    file.putInt(state.server().walSegmentBytes());
    file.putLong(state.timelineStartLsn().value());
    file.putLong(state.flushLsn().value());
    file.putLong(state.commitLsn().value());
    file.putLong(state.truncateLsn().value());
    file.putLong(state.remoteConsistentLsn().value());
    file.putLong(state.backupLsn().value());
    encodeArchive(content.archive(), file);
    file.putInt(8, file.position() - HEADER_BYTES);
    file.putInt(crc(file.slice(0, file.position())));
    return file.flip();
  }

  private static void encodeMembers(List<MembershipConfiguration.Member> members, ByteBuffer file) {
    file.putInt(members.size());
    for (MembershipConfiguration.Member member : members) {
      byte[] host = member.host().getBytes(StandardCharsets.UTF_8);
      file.putLong(member.id().value()).putShort((short) host.length).put(host);
      file.putShort((short) member.pgPort());
    }
  }

  private static void encodeArchive(ArchiveState archive, ByteBuffer file) {
    file.putInt(archive.partials().size());
    for (PartialSegment partial : archive.partials()) {
      byte[] name = partial.name().getBytes(StandardCharsets.UTF_8);
      if (name.length > PARTIAL_NAME_BYTES_MAX) {
        throw new IllegalArgumentException("too long for an object's name: " + partial.name());
      }
      file.put((byte) partial.status().number()).putShort((short) name.length).put(name);
      file.putLong(partial.term().value());
      file.putLong(partial.flushLsn().value()).putLong(partial.commitLsn().value());
    }
    file.put((byte) (archive.evictedLsn().isPresent() ? 1 : 0));
    file.putLong(archive.evictedLsn().orElse(Lsn.INVALID).value());
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  /// Reads a file's bytes.
  ///
  /// @param where the file's name, for messages
  /// @throws NewerFormatException if a newer program has written them
  /// @throws CorruptDataException if they are no whole control file
  public static ControlContent decode(ByteBuffer file, String where) throws CorruptDataException {
    if (file.remaining() < HEADER_BYTES + CRC_BYTES) {
      throw new CorruptDataException(where + ": only " + file.remaining() + " bytes");
    }
    int magic = file.getInt(0);
    if (magic != MAGIC) {
      throw new CorruptDataException(
          where + ": not a safekeeper control file (magic " + Integer.toHexString(magic) + ")");
    }
    int version = file.getInt(4);
    if (version > VERSION) {
      throw new NewerFormatException(where, version, VERSION);
    }
    if (version < VERSION_WITHOUT_ARCHIVE) {
      throw new CorruptDataException(where + ": format version " + version + ", there is none");
    }
    int bodyLength = file.getInt(8);
    if (bodyLength != file.remaining() - HEADER_BYTES - CRC_BYTES) {
      throw new CorruptDataException(
          where + ": a body of " + bodyLength + " bytes in " + file.remaining());
    }
    int crcAt = HEADER_BYTES + bodyLength;
    if (crc(file.slice(0, crcAt)) != file.getInt(crcAt)) {
      throw new CorruptDataException(where + ": wrong checksum");
    }
    try {
      ByteBuffer body = file.slice(HEADER_BYTES, bodyLength);
      ControlContent content = decodeBody(body, version);
      if (body.hasRemaining()) {
        throw new CorruptDataException(where + ": " + body.remaining() + " bytes too many");
      }
      return content;
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new CorruptDataException(where + ": " + e, e);
    }
  }

  private static ControlContent decodeBody(ByteBuffer body, int version) {
    NodeId node = new NodeId(body.getLong());
    TimelineKey key =
        new TimelineKey(
            new TenantId(body.getLong(), body.getLong()),
            new TimelineId(body.getLong(), body.getLong()));
    MembershipConfiguration membership =
        new MembershipConfiguration(body.getInt(), decodeMembers(body), decodeMembers(body));
    Term term = new Term(body.getLong());
    int entryCount = count(body, HISTORY_ENTRY_BYTES);
    if (entryCount == 0) {
      throw new IllegalArgumentException("an empty term history");
    }
    List<TermHistory.Entry> entries = new ArrayList<>(entryCount);
    for (int i = 0; i < entryCount; i++) {
      entries.add(new TermHistory.Entry(new Term(body.getLong()), lsn(body)));
    }
    ControlState state =
        new ControlState(
            membership,
            term,
            new TermHistory(entries),
            new ServerIdentity(body.getInt(), body.getLong(), body.getInt()),
            lsn(body),
            lsn(body),
            lsn(body),
            lsn(body),
            lsn(body),
            lsn(body));
    ArchiveState archive =
        version == VERSION_WITHOUT_ARCHIVE ? ArchiveState.NONE : decodeArchive(body);
    return new ControlContent(node, key, state, archive);
  }

  private static ArchiveState decodeArchive(ByteBuffer body) {
    int count = count(body, PARTIAL_BYTES_MIN);
    List<PartialSegment> partials = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      PartialSegment.Status status = PartialSegment.Status.of(body.get());
      byte[] name = new byte[Short.toUnsignedInt(body.getShort())];
      body.get(name);
      partials.add(
          new PartialSegment(
              status,
              new String(name, StandardCharsets.UTF_8),
              new Term(body.getLong()),
              lsn(body),
              lsn(body)));
    }
    byte evicted = body.get();
    Lsn evictedLsn = lsn(body);
    return switch (evicted) {
      case 0 -> new ArchiveState(partials, Optional.empty());
      case 1 -> new ArchiveState(partials, Optional.of(evictedLsn));
      default -> throw new IllegalArgumentException("an eviction state of " + evicted);
    };
  }

  private static List<MembershipConfiguration.Member> decodeMembers(ByteBuffer body) {
    int count = count(body, 12);
    List<MembershipConfiguration.Member> members = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      NodeId id = new NodeId(body.getLong());
      byte[] host = new byte[Short.toUnsignedInt(body.getShort())];
      body.get(host);
      members.add(
          new MembershipConfiguration.Member(
              id, new String(host, StandardCharsets.UTF_8), Short.toUnsignedInt(body.getShort())));
    }
    return members;
  }

  private static int count(ByteBuffer body, int itemBytesMin) {
    int count = body.getInt();
    if (count < 0 || (long) count * itemBytesMin > body.remaining()) {
      throw new IllegalArgumentException("a count of " + count);
    }
    return count;
  }

  private static Lsn lsn(ByteBuffer body) {
    return new Lsn(body.getLong());
  }
}
