package dev.argon.controlplane.storage;

import dev.argon.controlplane.ControlPlaneConfig;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.ClientSecurity;
import dev.argon.node.HostPort;
import dev.argon.node.token.Scope;
import dev.argon.node.token.TokenClaims;
import dev.argon.node.token.TokenSigner;
import dev.argon.pgwire.tls.PemFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// What proves to safekeepers who somebody is: the control plane itself, and the computes it
/// starts, each for its timeline only; and how they know the safekeepers. Tokens do not expire;
/// they are good for as long as the key is.
public final class StorageSecurity {

  /// Where everybody is let in and nothing is encrypted.
  public static final StorageSecurity NONE =
      new StorageSecurity(Optional.empty(), Optional.empty(), Optional.empty());

  private final Optional<TokenSigner> signer;
  private final Optional<String> authorities;
  private final ClientSecurity own;

  private StorageSecurity(
      Optional<TokenSigner> signer, Optional<String> authorities, Optional<SSLContext> tls) {
    this.signer = signer;
    this.authorities = authorities;
    own = new ClientSecurity(signer.map(key -> key.sign(TokenClaims.of(Scope.ADMIN))), tls);
  }

  /// @throws IOException naming the file, if a key or a certificate cannot be read
  public static StorageSecurity of(ControlPlaneConfig config) throws IOException {
    @Nullable String privateKey = config.tokenPrivateKey();
    @Nullable String authorities = config.tlsAuthorities();
    Optional<TokenSigner> signer =
        privateKey == null ? Optional.empty() : Optional.of(TokenSigner.of(Path.of(privateKey)));
    Optional<SSLContext> tls =
        authorities == null
            ? Optional.empty()
            : Optional.of(PemFiles.trusting(Path.of(authorities)));
    return new StorageSecurity(signer, Optional.ofNullable(authorities), tls);
  }

  /// For the control plane's own requests.
  ClientSecurity own() {
    return own;
  }

  /// The base URL of a safekeeper.
  public String url(HostPort http) {
    return own.tls().isPresent() ? "https://" + http : http.httpUrl();
  }

  /// The token of a compute of this timeline.
  public Optional<String> compute(TenantId tenant, TimelineId timeline) {
    return signer.map(key -> key.sign(TokenClaims.of(tenant, timeline)));
  }

  /// The file of who signs the safekeepers' certificates, if they speak TLS.
  public Optional<String> authorities() {
    return authorities;
  }
}
