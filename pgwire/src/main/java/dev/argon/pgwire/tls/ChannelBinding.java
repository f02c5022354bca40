package dev.argon.pgwire.tls;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/// The channel binding `tls-server-end-point` (RFC 5929): a hash of the server's certificate, by
/// the hash its signature uses, or SHA-256 where that is MD5 or SHA-1.
public final class ChannelBinding {

  private ChannelBinding() {}

  /// As the server knows it.
  public static Optional<byte[]> ofServer(SSLSession session) {
    Certificate[] own = session.getLocalCertificates();
    return own == null || own.length == 0 ? Optional.empty() : of(own[0]);
  }

  /// As the client has seen it.
  public static Optional<byte[]> ofClient(SSLSession session) {
    try {
      return of(session.getPeerCertificates()[0]);
    } catch (SSLPeerUnverifiedException e) {
      return Optional.empty(); // a server without a certificate: nothing to bind to
    }
  }

  /// Empty if the signature's algorithm names no hash (Ed25519): then there is no binding.
  static Optional<byte[]> of(Certificate certificate) {
    if (!(certificate instanceof X509Certificate x509)) {
      return Optional.empty();
    }
    String algorithm = x509.getSigAlgName().toUpperCase(Locale.ROOT);
    int with = algorithm.indexOf("WITH");
    if (with < 0) {
      return Optional.empty();
    }
    String hash =
        switch (algorithm.substring(0, with)) {
          case "MD5", "SHA1", "SHA256" -> "SHA-256";
          case "SHA224" -> "SHA-224";
          case "SHA384" -> "SHA-384";
          case "SHA512" -> "SHA-512";
          default -> "";
        };
    if (hash.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(MessageDigest.getInstance(hash).digest(x509.getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
