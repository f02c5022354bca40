package dev.argon.node.token;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.JsonCodec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.Base64;

/// Makes tokens. For who holds the private key: the control plane, and an operator's tools.
public final class TokenSigner {

  private final PrivateKey key;

  private TokenSigner(PrivateKey key) {
    this.key = key;
  }

  /// @param file PEM with a private key
  public static TokenSigner of(Path file) throws IOException {
    return new TokenSigner(PemKeys.privateKey(file));
  }

  /// A compact JWT.
  public String sign(TokenClaims claims) {
    TokenJson json =
        new TokenJson(
            claims.scope().wireName(),
            claims.tenant().map(TenantId::toString).orElse(null),
            claims.timeline().map(TimelineId::toString).orElse(null),
            claims.expirySeconds() == Long.MAX_VALUE ? null : claims.expirySeconds());
    String signed =
        encode(JsonCodec.toBytes(new TokenHeaderJson("EdDSA", "JWT")))
            + '.'
            + encode(JsonCodec.toBytes(json));
    try {
      Signature signature = Signature.getInstance(PemKeys.ALGORITHM);
      signature.initSign(key);
      signature.update(signed.getBytes(StandardCharsets.US_ASCII));
      return signed + '.' + encode(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("an Ed25519 key that cannot sign", e);
    }
  }

  private static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
