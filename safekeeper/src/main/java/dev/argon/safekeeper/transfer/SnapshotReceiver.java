package dev.argon.safekeeper.transfer;

import dev.argon.identity.NodeId;
import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.quorum.ControlState;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.safekeeper.TimelineKey;
import dev.argon.safekeeper.control.ArchiveState;
import dev.argon.safekeeper.control.ControlContent;
import dev.argon.safekeeper.control.ControlFile;
import dev.argon.safekeeper.control.ControlFormat;
import dev.argon.safekeeper.failpoint.Failpoint;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.wal.Disk;
import dev.argon.safekeeper.wal.WalStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/// Takes a snapshot from a stream into a directory and checks that it is whole. The WAL itself is
/// looked through when the timeline is installed.
final class SnapshotReceiver {

  private static final int CONTROL_BYTES_MAX = 16 << 20;
  private static final int PIECE_BYTES = 256 << 10;

  private final NodeId node;
  private final TimelineKey key;
  private final Path directory;

  SnapshotReceiver(NodeId node, TimelineKey key, Path directory) {
    this.node = node;
    this.key = key;
    this.directory = directory;
  }

  /// @param membership what holds from now on; empty: the donor's
  /// @return what stands in the control file that was written
  ControlContent receive(InputStream body, Optional<MembershipConfiguration> membership)
      throws IOException, ApiProblem {
    try {
      return receive(new TarReader(body), membership);
    } catch (CorruptDataException | IllegalArgumentException e) {
      throw new ApiProblem(
          ProblemCode.UNAVAILABLE, "the snapshot is not valid: " + e.getMessage(), e);
    }
  }

  private ControlContent receive(TarReader tar, Optional<MembershipConfiguration> membership)
      throws IOException, ApiProblem, CorruptDataException {
    ControlContent content = control(tar, membership);
    receiveSegments(tar, content.state());
    new ControlFile(Disk.LOCAL, directory).write(content);
    return content;
  }

  private ControlContent control(TarReader tar, Optional<MembershipConfiguration> membership)
      throws IOException, ApiProblem, CorruptDataException {
    TarReader.Entry entry = tar.next().orElseThrow(() -> new CorruptDataException("it is empty"));
    if (!entry.name().equals(ControlFile.NAME) || entry.size() > CONTROL_BYTES_MAX) {
      throw new CorruptDataException("it begins with " + entry);
    }
    byte[] bytes = new byte[(int) entry.size()];
    tar.read(bytes);
    ControlContent theirs =
        ControlFormat.decode(ByteBuffer.wrap(bytes), "the donor's control file");
    if (!theirs.key().equals(key)) {
      throw new CorruptDataException("it is of timeline " + theirs.key());
    }
    ControlState state = theirs.state();
    return new ControlContent(
        node, key, with(state, chosen(state.membership(), membership)), ArchiveState.NONE);
  }

  private MembershipConfiguration chosen(
      MembershipConfiguration theirs, Optional<MembershipConfiguration> wanted) throws ApiProblem {
    MembershipConfiguration chosen = wanted.orElse(theirs);
    boolean isOlder =
        chosen.generation() < theirs.generation()
            || (chosen.generation() == theirs.generation() && !chosen.equals(theirs));
    if (isOlder || !chosen.contains(node)) {
      throw new ApiProblem(
          ProblemCode.CONFLICT,
          isOlder
              ? "the donor has the membership of generation "
                  + theirs.generation()
                  + ", the one given is of generation "
                  + chosen.generation()
              : "safekeeper " + node + " is no member in generation " + chosen.generation());
    }
    return chosen;
  }

  private static ControlState with(ControlState state, MembershipConfiguration membership) {
    return new ControlState(
        membership,
        state.term(),
        state.history(),
        state.server(),
        state.timelineStartLsn(),
        state.flushLsn(),
        state.commitLsn(),
        state.truncateLsn(),
        state.remoteConsistentLsn(),
        state.backupLsn());
  }

  private void receiveSegments(TarReader tar, ControlState control)
      throws IOException, CorruptDataException {
    WalLayout layout = Timeline.layoutOf(control.server());
    WalStore store = new WalStore(Disk.LOCAL, directory, layout);
    Lsn reached = Lsn.INVALID;
    while (true) {
      TarReader.Entry entry =
          tar.next().orElseThrow(() -> new IOException("the donor broke off the snapshot"));
      if (entry.name().equals(Snapshot.COMPLETE)) {
        break;
      }
      // The one before was whole, or it was the last; the first may be any.
      Lsn start = new Lsn(layout.segmentStart(store.numberOf(entry.name())));
      if (!reached.equals(Lsn.INVALID) && !reached.equals(start)) {
        throw new CorruptDataException("there is a gap before " + entry);
      }
      if (entry.size() > layout.segmentSize()) {
        throw new CorruptDataException("it has a segment of " + entry.size() + " bytes");
      }
      receiveSegment(tar, directory.resolve(entry.name()), layout);
      Failpoint.PULL_SEGMENT_RECEIVED.hit();
      reached = start.plus(entry.size());
    }
    boolean isAll =
        reached.equals(control.flushLsn())
            || (reached.equals(Lsn.INVALID)
                && control.flushLsn().equals(control.timelineStartLsn()));
    if (!isAll) {
      throw new CorruptDataException(
          "its WAL ends at " + reached + " instead of " + control.flushLsn());
    }
  }

  private static void receiveSegment(TarReader tar, Path target, WalLayout layout)
      throws IOException {
    byte[] piece = new byte[PIECE_BYTES];
    try (RandomAccessFile file = new RandomAccessFile(target.toFile(), "rw")) {
      for (int count = tar.read(piece); count > 0; count = tar.read(piece)) {
        file.write(piece, 0, count);
      }
      file.setLength(layout.segmentSize());
    }
  }
}
