package dev.argon.it.safekeeper;

import dev.argon.postgres.CorruptDataException;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.wire.ProposerCodec;
import java.io.IOException;
import java.nio.ByteBuffer;

/// A proposer that says to one safekeeper what a test wants.
final class ScriptedProposer {

  private static final String START =
      "START_WAL_PUSH (proto_version '3', allow_timeline_creation 'false')";

  private final RawConnection connection;

  /// @param connection has logged in to a timeline; it stays the caller's to close
  ScriptedProposer(RawConnection connection) throws IOException {
    this.connection = connection;
    connection.copyBoth(START);
  }

  void send(ProposerMessage message) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(ProposerCodec.sizeMax(message));
    ProposerCodec.encode(message, buffer);
    byte[] bytes = new byte[buffer.flip().remaining()];
    buffer.get(bytes);
    connection.copyData(bytes);
  }

  AcceptorMessage receive() throws IOException {
    try {
      return ProposerCodec.decodeAcceptorMessage(connection.readCopyData());
    } catch (CorruptDataException e) {
      throw new IOException("an answer that is none", e);
    }
  }
}
