package dev.argon.node;

import java.util.Optional;
import javax.net.ssl.SSLContext;

/// How a client proves who it is and knows whom it talks to.
///
/// @param token sent as `Authorization: Bearer`
/// @param tls if there, requests go over HTTPS, and the server's certificate must be good for it
///   and for the name it was reached by
public record ClientSecurity(Optional<String> token, Optional<SSLContext> tls) {

  /// Plain HTTP, no token: for loopback.
  public static final ClientSecurity NONE = new ClientSecurity(Optional.empty(), Optional.empty());

  @Override
  public String toString() {
    return "ClientSecurity[token " + (token.isPresent() ? "present" : "absent") + ", " + tls + ']';
  }
}
