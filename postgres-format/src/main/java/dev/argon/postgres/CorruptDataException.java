package dev.argon.postgres;

/// Bytes that are not what their format says: a torn file, a flipped bit, garbage from a peer. The
/// message names the place (file or peer, offset, LSN or key) and what was wrong there.
public class CorruptDataException extends Exception {

  private static final long serialVersionUID = 1;

  public CorruptDataException(String message) {
    super(message);
  }

  public CorruptDataException(String message, Throwable cause) {
    super(message, cause);
  }
}
