package dev.argon.safekeeper;

import dev.argon.node.token.Scope;
import dev.argon.node.token.TokenClaims;
import dev.argon.node.token.TokenException;
import dev.argon.node.token.TokenVerifier;
import dev.argon.pgwire.Authentication;
import dev.argon.pgwire.PgConnection;
import dev.argon.pgwire.PgError;
import dev.argon.pgwire.PgErrorException;
import dev.argon.pgwire.SqlState;

/// Who is let in to the PostgreSQL port, where the password is a token: everybody with scope
/// `safekeeperdata`; with scope `tenant` who names that tenant, and the token's timeline if it has
/// one, at the start, and is so bound to it.
final class TokenPassword implements Authentication.PasswordCheck {

  private final TokenVerifier verifier;

  TokenPassword(TokenVerifier verifier) {
    this.verifier = verifier;
  }

  @Override
  public void check(PgConnection connection, String password) throws PgErrorException {
    TokenClaims claims;
    try {
      claims = verifier.verify(password);
    } catch (TokenException e) {
      throw refused(String.valueOf(e.getMessage()));
    }
    boolean isOwn =
        claims.isFor(
            SafekeeperCommands.option(connection, "tenant_id"),
            SafekeeperCommands.option(connection, "timeline_id"));
    if (claims.scope() != Scope.SAFEKEEPER_DATA && !isOwn) {
      throw refused("a token with scope " + claims.scope().wireName() + " is not for this");
    }
  }

  private static PgErrorException refused(String reason) {
    return new PgErrorException(PgError.fatal(SqlState.INVALID_AUTHORIZATION, reason));
  }
}
