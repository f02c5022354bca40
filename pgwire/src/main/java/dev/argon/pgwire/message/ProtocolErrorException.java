package dev.argon.pgwire.message;

/// Carries a [ProtocolError] out of the parser. No `IOException`: code that parses cannot be
/// confused with code that reads from a peer.
public final class ProtocolErrorException extends Exception {

  private static final long serialVersionUID = 1;

  private final transient ProtocolError error;

  public ProtocolErrorException(ProtocolError error) {
    super(error.text());
    this.error = error;
  }

  public ProtocolError error() {
    return error;
  }

  static ProtocolErrorException violation(String text) {
    return new ProtocolErrorException(new ProtocolError.Violation(text));
  }

  static ProtocolErrorException badMessage(String text) {
    return new ProtocolErrorException(new ProtocolError.BadMessage(text));
  }
}
