package dev.argon.node.token;

/// A token that is not valid. The message says why without showing the token.
public final class TokenException extends Exception {

  private static final long serialVersionUID = 1;

  TokenException(String message) {
    super(message);
  }

  TokenException(String message, Throwable cause) {
    super(message, cause);
  }
}
