package dev.argon.pgwire;

import java.io.IOException;

/// Decides who may talk to a server. Storage processes listen on loopback and trust; a check of
/// tokens (the password of a cleartext exchange is the token) has its place here.
@FunctionalInterface
public interface Authentication {

  /// Runs after the startup packet was read and before AuthenticationOk.
  ///
  /// @throws PgErrorException if the client is refused
  void authenticate(PgConnection connection) throws IOException, PgErrorException;

  /// Everybody is let in.
  static Authentication trust() {
    return _ -> {};
  }
}
