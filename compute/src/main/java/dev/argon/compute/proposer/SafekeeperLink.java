package dev.argon.compute.proposer;

import dev.argon.node.HostPort;
import dev.argon.quorum.HotStandbyFeedback;
import dev.argon.quorum.ProposerMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/// What the loop knows of one safekeeper's connection.
final class SafekeeperLink {

  final int index;
  final HostPort address;

  /// Empty while there is no connection.
  Optional<StreamLink> stream = Optional.empty();

  /// Messages other than appends, to be sent before the next append.
  final Deque<ProposerMessage> queue = new ArrayDeque<>();

  /// The end of the last append on this connection.
  long sentLsn;

  /// Where the message being written begins in the ring.
  long sendingFromLsn = Long.MAX_VALUE;

  /// It is to be sent all there is, and its socket was full.
  boolean owesAll;

  /// When it was last sent the leader's own WAL, as [System#nanoTime].
  long walSentAtNanos;

  /// WAL being read from another safekeeper for this one.
  Optional<RecoveryFeed> feed = Optional.empty();

  /// What the standbys that read from it said they need.
  HotStandbyFeedback standbys = HotStandbyFeedback.NONE;

  /// For WAL that is no longer in the ring; made when first needed.
  private Optional<ByteBuffer> oldWal = Optional.empty();

  /// When to connect again, as [System#nanoTime]; meaningless while connected or connecting.
  long reconnectAtNanos;

  boolean connecting;

  /// It is no member any more: whatever still comes of it is of no interest.
  boolean left;

  /// Why it does not take part, or empty. Read by other threads.
  volatile String trouble = "not connected yet";

  SafekeeperLink(int index, HostPort address) {
    this.index = index;
    this.address = address;
  }

  boolean isSending() {
    return stream.map(StreamLink::isSending).orElse(false);
  }

  /// WAL that is in PostgreSQL's `pg_wal` only, one append at most. Valid until the next call.
  ByteBuffer oldWal(LocalWal wal, long fromLsn, long toLsn) throws IOException {
    if (oldWal.isEmpty()) {
      oldWal = Optional.of(ByteBuffer.allocateDirect(ProposerMessage.Append.BYTES_MAX));
    }
    ByteBuffer buffer = oldWal.get().clear().limit((int) (toLsn - fromLsn));
    wal.readFully(fromLsn, buffer);
    return buffer.flip();
  }

  /// Forgets everything about the connection.
  void lost(String why, long retryAtNanos) {
    stream = Optional.empty();
    queue.clear();
    sentLsn = 0;
    sendingFromLsn = Long.MAX_VALUE;
    owesAll = false;
    standbys = HotStandbyFeedback.NONE;
    feed.ifPresent(RecoveryFeed::cancel);
    feed = Optional.empty();
    reconnectAtNanos = retryAtNanos;
    connecting = false;
    trouble = why;
  }

  @Override
  public String toString() {
    return "safekeeper " + address;
  }
}
