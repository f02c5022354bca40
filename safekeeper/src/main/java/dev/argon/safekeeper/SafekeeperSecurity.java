package dev.argon.safekeeper;

import dev.argon.node.ClientSecurity;
import dev.argon.node.RequestGuard;
import dev.argon.node.token.TokenVerifier;
import dev.argon.pgwire.Authentication;
import dev.argon.pgwire.PgClientSettings;
import dev.argon.pgwire.PgServerSettings;
import dev.argon.pgwire.tls.ClientTls;
import dev.argon.pgwire.tls.PemFiles;
import dev.argon.pgwire.tls.ServerTls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// Who is let in to this safekeeper, and how it proves to others who it is: as the configuration
/// says, read once. Without a configuration everybody is let in and nothing is encrypted.
final class SafekeeperSecurity {

  private final RequestGuard guard;
  private final Authentication authentication;
  private final ServerTls pgTls;
  private final Optional<SSLContext> https;
  private final ClientSecurity client;
  private final ClientTls peerTls;

  private SafekeeperSecurity(SafekeeperConfig.Security config, Clock clock) throws IOException {
    @Nullable String publicKey = config.tokenPublicKey();
    if (publicKey == null) {
      guard = RequestGuard.OPEN;
      authentication = Authentication.trust();
    } else {
      TokenVerifier verifier = TokenVerifier.of(Path.of(publicKey), clock);
      guard = new TokenGuard(verifier);
      authentication = Authentication.cleartext(new TokenPassword(verifier));
    }
    @Nullable String tokenFile = config.tokenFile();
    Optional<String> token =
        tokenFile == null
            ? Optional.empty()
            : Optional.of(Files.readString(Path.of(tokenFile)).strip());
    SafekeeperConfig.@Nullable Tls tls = config.tls();
    if (tls == null) {
      pgTls = ServerTls.off();
      https = Optional.empty();
      client = new ClientSecurity(token, Optional.empty());
      peerTls = ClientTls.disabled();
    } else {
      SSLContext server =
          PemFiles.context(
              PemFiles.identity(Path.of(tls.certificate()), Path.of(tls.privateKey())), List.of());
      pgTls = tls.required() ? ServerTls.required(() -> server) : ServerTls.offered(() -> server);
      https = tls.https() ? Optional.of(server) : Optional.empty();
      Path authorities = Path.of(tls.authorities());
      client = new ClientSecurity(token, Optional.of(PemFiles.trusting(authorities)));
      peerTls = ClientTls.trusting(authorities);
    }
  }

  /// @throws IOException naming the file, if a key, certificate or token cannot be read
  static SafekeeperSecurity of(SafekeeperConfig.Security config, Clock clock) throws IOException {
    return new SafekeeperSecurity(config, clock);
  }

  RequestGuard guard() {
    return guard;
  }

  /// For the HTTP port; empty: it is not encrypted.
  Optional<SSLContext> https() {
    return https;
  }

  /// For requests to the HTTP surfaces of other safekeepers.
  ClientSecurity client() {
    return client;
  }

  PgServerSettings server(PgServerSettings settings) {
    return settings.withTls(pgTls).withAuthentication(authentication);
  }

  /// For connections to the PostgreSQL port of other safekeepers.
  PgClientSettings peer(PgClientSettings settings) {
    return settings.withPassword(client.token().orElse("")).withTls(peerTls);
  }
}
