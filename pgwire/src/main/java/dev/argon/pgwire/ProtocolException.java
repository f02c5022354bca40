package dev.argon.pgwire;

import dev.argon.pgwire.message.ProtocolError;
import dev.argon.pgwire.message.ProtocolErrorException;
import java.io.IOException;

/// The peer broke the protocol: a length out of range, an unknown message, a body that cannot be
/// decoded. The connection is of no further use. This is a [ProtocolError] on its way through code
/// that does I/O; see [ConnectionError].
public final class ProtocolException extends IOException {

  private static final long serialVersionUID = 1;

  private final transient ProtocolError error;

  /// A message that has no place where it came, or the like.
  public ProtocolException(String message) {
    super(message);
    error = new ProtocolError.Violation(message);
  }

  public ProtocolException(ProtocolErrorException cause) {
    super(cause.getMessage(), cause);
    error = cause.error();
  }

  public ProtocolError error() {
    return error;
  }
}
