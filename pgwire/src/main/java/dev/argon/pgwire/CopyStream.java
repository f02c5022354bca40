package dev.argon.pgwire;

import dev.argon.pgwire.message.MessageSet;
import dev.argon.pgwire.message.MessageView;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/// A connection in COPY mode: CopyData messages in one or both directions. The same on both sides
/// of the connection. One thread may receive while another sends; [#receive] belongs to the one,
/// [#writer] and [#done] to the other.
public final class CopyStream {

  /// How the peer ended its direction.
  public enum End {
    /// It has not.
    OPEN,
    /// CopyDone: it has nothing more to send.
    DONE,
    /// CopyFail: it gave up.
    FAILED,
    /// Terminate: it is leaving.
    TERMINATED,
    /// It closed the connection between two messages.
    CLOSED
  }

  private final MessageReader reader;
  private final MessageWriter writer;
  private final boolean serverSide;
  private volatile End end = End.OPEN;

  CopyStream(MessageReader reader, MessageWriter writer, boolean serverSide) {
    this.reader = reader;
    this.writer = writer;
    this.serverSide = serverSide;
  }

  /// Waits for the next CopyData.
  ///
  /// @return false once the peer has ended its direction: [#end] tells how
  /// @throws PgErrorException if the server ended the stream with an error (client side only)
  public boolean receive() throws IOException, PgErrorException {
    while (end == End.OPEN) {
      if (!reader.next()) {
        end = End.CLOSED;
        if (!serverSide) {
          throw new EOFException("the server closed the connection in the middle of a COPY");
        }
        return false;
      }
      switch (reader.tag()) {
        case 'd' -> {
          return true;
        }
        case 'c' -> end = End.DONE;
        case 'f' -> end = End.FAILED;
        default -> other();
      }
    }
    return false;
  }

  private void other() throws IOException, PgErrorException {
    byte tag = reader.tag();
    if (serverSide) {
      switch (tag) {
        case 'X' -> end = End.TERMINATED;
        case 'S', 'H' -> {} // drivers of the extended protocol send them behind the query
        default -> throw misplaced(tag);
      }
      return;
    }
    switch (tag) {
      case 'E' -> {
        end = End.FAILED;
        throw new PgErrorException(PgError.decode(reader.body()));
      }
      case 'N', 'S', 'A' -> {} // asynchronous messages may come at any time
      default -> throw misplaced(tag);
    }
  }

  private static ProtocolException misplaced(byte tag) {
    return new ProtocolException("message " + MessageSet.printable(tag) + " during a COPY");
  }

  /// Whether [#receive] would return at once: the next message has already arrived whole.
  public boolean hasReceived() throws ProtocolException {
    return end == End.OPEN && reader.hasNext();
  }

  /// The payload of the CopyData received last: big-endian, read-only, in the receive buffer, valid
  /// until the next [#receive].
  public ByteBuffer payload() {
    return reader.body();
  }

  /// The CopyData received last as a view that stays valid until it is closed, for another thread.
  /// Nothing is copied; what the views of one connection keep in memory is limited, and beyond the
  /// limit [#receive] waits for some to be closed.
  public MessageView retain() {
    return reader.retain();
  }

  public End end() {
    return end;
  }

  /// For sending. CopyData is `begin('d')`, the payload, `end()`, and `flush()` at last, or one of
  /// the `copyData` methods.
  public MessageWriter writer() {
    return writer;
  }

  /// The longest wait for the peer's next bytes; 0 is no limit.
  public void receiveTimeout(long millis) {
    reader.timeout(millis);
  }

  /// Enlarges the receive buffer, so that one system call takes more.
  public void reserve(int bufferBytes) {
    reader.reserve(bufferBytes);
  }

  /// Tells the peer that this side has nothing more to send.
  public void done() throws IOException {
    writer.begin('c');
    writer.end();
    writer.flush();
  }
}
