package dev.argon.safekeeper.transfer;

import dev.argon.postgres.Lsn;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.quorum.AcceptorState;
import dev.argon.quorum.ControlState;
import dev.argon.safekeeper.control.ArchiveState;
import dev.argon.safekeeper.control.ControlContent;
import dev.argon.safekeeper.control.ControlFile;
import dev.argon.safekeeper.control.ControlFormat;
import dev.argon.safekeeper.failpoint.Failpoint;
import dev.argon.safekeeper.timeline.RefusedException;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.WalUsers;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.List;

/// The donor's side: streams one timeline as it is now.
///
/// The log may grow meanwhile, which does not matter; it may be cut off only by a new leader, whose
/// term or history shows. Then the snapshot breaks off.
public final class Snapshot {

  static final String COMPLETE = "snapshot.complete";

  /// More would take so long that the other one should be given the archive's WAL instead.
  static final int SEGMENTS_MAX = 1_000;

  private static final int PIECE_BYTES = 256 << 10;

  private final Timeline timeline;
  private final AcceptorState begun;

  private Snapshot(Timeline timeline) {
    this.timeline = timeline;
    begun = timeline.state();
  }

  /// Writes a snapshot.
  ///
  /// @param destination who asks, for those who look
  /// @throws IOException if it cannot be finished; what was written is then not whole, and says so
  ///   by lacking its last entry
  public static void write(Timeline timeline, String destination, OutputStream out)
      throws IOException {
    try (WalUsers.Copy _ = timeline.users().copy(destination)) {
      new Snapshot(timeline).write(out);
    } catch (RefusedException e) {
      throw new IOException(e.reason(), e);
    }
  }

  private void write(OutputStream out) throws IOException {
    TarWriter tar = new TarWriter(out);
    ControlState control = begun.checkpoint().next().control();
    ByteBuffer controlFile =
        ControlFormat.encode(
            new ControlContent(begun.node(), timeline.key(), control, ArchiveState.NONE));
    tar.begin(ControlFile.NAME, controlFile.remaining());
    tar.write(controlFile);
    for (long number : segments()) {
      writeSegment(tar, number);
      Failpoint.SNAPSHOT_MIDDLE.hit();
      requireUnchanged();
    }
    tar.begin(COMPLETE, 0);
    tar.finish();
  }

  private void requireUnchanged() throws IOException {
    AcceptorState now = timeline.state();
    boolean isSame =
        now.term().equals(begun.term())
            && now.control().history().equals(begun.control().history())
            && !timeline.progress().isClosed();
    if (!isSame) {
      throw new IOException(
          "timeline " + timeline.key() + ": the term has changed, the snapshot breaks off");
    }
  }

  private List<Long> segments() throws IOException {
    WalLayout layout = timeline.wal().layout();
    ControlState control = begun.control();
    Lsn horizon =
        Lsn.min(begun.commitLsn(), Lsn.min(control.remoteConsistentLsn(), control.backupLsn()));
    long first = layout.segmentNumber(horizon.value()) - 1;
    List<Long> wanted =
        timeline.wal().segments().stream()
            .filter(number -> number >= first && layout.segmentStart(number) < endOfLog())
            .toList();
    if (wanted.size() > SEGMENTS_MAX) {
      throw new IOException(
          "timeline "
              + timeline.key()
              + " has "
              + wanted.size()
              + " segments that are not"
              + " archived yet, a snapshot takes "
              + SEGMENTS_MAX
              + " at most");
    }
    return wanted;
  }

  private long endOfLog() {
    return begun.flushLsn().value();
  }

  private void writeSegment(TarWriter tar, long number) throws IOException {
    WalLayout layout = timeline.wal().layout();
    int size = (int) Math.min(layout.segmentSize(), endOfLog() - layout.segmentStart(number));
    var path = timeline.wal().file(number);
    tar.begin(String.valueOf(path.getFileName()), size);
    ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      for (int offset = 0; offset < size; ) {
        piece.clear().limit(Math.min(PIECE_BYTES, size - offset));
        int count = file.read(piece, offset);
        if (count < 0) {
          throw new EOFException(path + " ends at " + offset);
        }
        offset += count;
        tar.write(piece.flip());
      }
    }
  }
}
