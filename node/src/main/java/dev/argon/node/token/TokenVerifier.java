package dev.argon.node.token;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.JsonCodec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Checks tokens. For any number of threads.
public final class TokenVerifier {

  private static final int TOKEN_LENGTH_MAX = 8 << 10;

  /// A check costs 0.4 ms of a processor; good tokens are remembered.
  private static final int REMEMBERED_MAX = 1_000;

  private final List<PublicKey> keys;
  private final Clock clock;
  private final Map<String, TokenClaims> remembered = new ConcurrentHashMap<>();

  private TokenVerifier(List<PublicKey> keys, Clock clock) {
    this.keys = List.copyOf(keys);
    this.clock = clock;
  }

  /// @param path a PEM file with a public key, or a directory of such files
  public static TokenVerifier of(Path path, Clock clock) throws IOException {
    return new TokenVerifier(PemKeys.publicKeys(path), clock);
  }

  /// @throws TokenException if the token is not signed by one of the keys, is expired, or says what
  ///   is not understood
  public TokenClaims verify(String token) throws TokenException {
    TokenClaims claims = remembered.get(token);
    if (claims == null) {
      claims = check(token);
      if (remembered.size() >= REMEMBERED_MAX) {
        remembered.clear();
      }
      remembered.put(token, claims);
    }
    if (claims.expirySeconds() <= clock.instant().getEpochSecond()) {
      remembered.remove(token);
      throw new TokenException("the token has expired");
    }
    return claims;
  }

  private TokenClaims check(String token) throws TokenException {
    if (token.length() > TOKEN_LENGTH_MAX) {
      throw new TokenException("a token of " + token.length() + " characters");
    }
    String[] parts = token.split("\\.", -1);
    if (parts.length != 3) {
      throw new TokenException("not a token");
    }
    try {
      TokenHeaderJson header = JsonCodec.fromBytes(decode(parts[0]), TokenHeaderJson.class);
      if (!"EdDSA".equals(header.alg())) {
        throw new TokenException("the token is not signed with EdDSA");
      }
      byte[] signed = (parts[0] + '.' + parts[1]).getBytes(StandardCharsets.US_ASCII);
      if (!isSigned(signed, decode(parts[2]))) {
        throw new TokenException("the token is not signed by a key that is known here");
      }
      return claims(JsonCodec.fromBytes(decode(parts[1]), TokenJson.class));
    } catch (IllegalArgumentException e) {
      throw new TokenException("the token cannot be understood", e);
    }
  }

  private static byte[] decode(String part) {
    return Base64.getUrlDecoder().decode(part);
  }

  private boolean isSigned(byte[] signed, byte[] signature) throws TokenException {
    for (PublicKey key : keys) {
      try {
        Signature check = Signature.getInstance(PemKeys.ALGORITHM);
        check.initVerify(key);
        check.update(signed);
        if (check.verify(signature)) {
          return true;
        }
      } catch (GeneralSecurityException e) {
        throw new TokenException("the token's signature has a wrong form", e);
      }
    }
    return false;
  }

  private static TokenClaims claims(TokenJson json) throws TokenException {
    if (json.scope() == null) {
      throw new TokenException("the token has no scope");
    }
    Scope scope =
        Scope.fromWire(json.scope())
            .orElseThrow(() -> new TokenException("the token has an unknown scope"));
    Optional<TenantId> tenant =
        json.tenantId() == null ? Optional.empty() : Optional.of(TenantId.parse(json.tenantId()));
    if (scope == Scope.TENANT && tenant.isEmpty()) {
      throw new TokenException("the token is for a tenant but does not say for which");
    }
    Optional<TimelineId> timeline =
        json.timelineId() == null
            ? Optional.empty()
            : Optional.of(TimelineId.parse(json.timelineId()));
    return new TokenClaims(
        scope, tenant, timeline, json.exp() == null ? Long.MAX_VALUE : json.exp());
  }
}
