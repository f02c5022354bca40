package dev.argon.pageserver.ingest;

import dev.argon.pageserver.timeline.Timeline;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Where a timeline's committed WAL comes from.
public interface WalSource {

  /// Begins to read.
  ///
  /// @param startLsn a record end
  Stream open(Timeline timeline, long startLsn) throws IOException;

  /// For messages and status: who it is.
  String name();

  /// What it has told of a timeline without being read.
  default News news(Timeline timeline) {
    return new News.Silent();
  }

  /// WAL as it arrives. One thread receives; another one may give feedback meanwhile.
  interface Stream extends AutoCloseable {

    /// Waits for the next message.
    ///
    /// @return false if the source has ended the stream because there is nothing to send and nobody
    ///   writes; it tells when there is more
    /// @throws IOException if the source has gone, was silent for too long, or says that it cannot
    ///   serve
    boolean receive() throws IOException;

    /// The LSN of the first byte of [#data].
    long dataLsn();

    /// The bytes received last, empty if the message carried none; valid until the next receive.
    ByteBuffer data();

    /// The term of the bytes received last; 0 if the source has not said.
    long term();

    /// How far the source's WAL goes, as it has said last; 0 if it has not.
    long endLsn();

    /// Tells the source how far this side has come.
    void feedback(long receivedLsn, long diskConsistentLsn, long remoteConsistentLsn)
        throws IOException;

    /// Ends the stream; whoever waits on it gets an exception. From any thread.
    @Override
    void close();
  }
}
