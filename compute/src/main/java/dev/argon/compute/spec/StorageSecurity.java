package dev.argon.compute.spec;

import dev.argon.pgwire.PgClientSettings;
import dev.argon.pgwire.tls.ClientTls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// How the compute proves to safekeepers that it is its tenant's, and how it knows them.
///
/// @param token empty if they want none
/// @param authorities a PEM file with who signs their certificates; empty if they speak no TLS
public record StorageSecurity(String token, Optional<Path> authorities) {

  public static final StorageSecurity NONE = new StorageSecurity("", Optional.empty());

  /// @throws IOException naming the file, if the certificates cannot be read
  public PgClientSettings applyTo(PgClientSettings settings) throws IOException {
    PgClientSettings known = settings.withPassword(token);
    return authorities.isEmpty() ? known : known.withTls(ClientTls.trusting(authorities.get()));
  }

  @Override
  public String toString() {
    return "StorageSecurity[token " + (token.isEmpty() ? "absent" : "present") + ']';
  }
}
