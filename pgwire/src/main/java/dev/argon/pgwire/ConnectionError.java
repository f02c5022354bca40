package dev.argon.pgwire;

import dev.argon.pgwire.message.ProtocolError;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;

/// Why a connection has ended: the middle one of three layers of errors, beside the code that does
/// I/O. Methods that do I/O throw `IOException`; [#of] tells which of the two it is, so that a
/// `switch` can be exhaustive, and [#toException] goes back for users that know just those.
public sealed interface ConnectionError {

  /// What the operating system said, or a wait that took too long, or an end in the middle.
  record Io(IOException cause) implements ConnectionError {}

  /// What came is not the protocol.
  record Protocol(ProtocolError error) implements ConnectionError {}

  /// Sorts a failure of a connection.
  static ConnectionError of(IOException failure) {
    return failure instanceof ProtocolException protocol
        ? new Protocol(protocol.error())
        : new Io(failure);
  }

  /// Whether such things happen to every network: worth a line, not an alarm.
  default boolean isExpected() {
    return switch (this) {
      case Io(IOException cause) -> isExpected(cause);
      case Protocol _ -> false;
    };
  }

  private static boolean isExpected(IOException cause) {
    return cause instanceof ClosedChannelException
        || cause instanceof SocketTimeoutException
        || cause instanceof ConnectException
        || cause instanceof SocketException
        || cause instanceof EOFException
        || "Connection reset by peer".equals(cause.getMessage())
        || "Connection reset".equals(cause.getMessage())
        || "Connection timed out".equals(cause.getMessage())
        || "Broken pipe".equals(cause.getMessage());
  }

  /// One line for a log: `timed out: ...`, `Connection reset by peer`, ...
  default String text() {
    return switch (this) {
      case Io(ClosedChannelException _) -> "the connection was closed";
      case Io(IOException cause) ->
          cause.getMessage() == null ? cause.toString() : cause.getMessage();
      case Protocol(ProtocolError error) -> error.text();
    };
  }

  /// As a plain failure of I/O.
  default IOException toException() {
    return switch (this) {
      case Io(IOException cause) -> cause;
      case Protocol(ProtocolError error) -> new IOException("protocol error: " + error.text());
    };
  }
}
