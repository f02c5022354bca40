package dev.argon.pgwire;

import java.io.IOException;

/// The peer broke the protocol: a length out of range, an unknown message, a body that cannot be
/// decoded. The connection is of no further use.
public class ProtocolException extends IOException {

  private static final long serialVersionUID = 1;

  public ProtocolException(String message) {
    super(message);
  }
}
