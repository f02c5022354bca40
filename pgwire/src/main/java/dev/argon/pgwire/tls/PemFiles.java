package dev.argon.pgwire.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/// Certificates and keys as PostgreSQL has them: PEM files. Keys are PKCS#8 without a password
/// (`BEGIN PRIVATE KEY`), RSA, EC or Ed25519.
public final class PemFiles {

  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");

  private static final List<String> KEY_KINDS = List.of("RSA", "EC", "EdDSA");

  private PemFiles() {}

  /// Who we are.
  ///
  /// @param certificateChain our certificate first, then those of its signers
  /// @throws IOException if a file cannot be read or is not what it should be; the message names it
  public static List<KeyManager> identity(Path certificateChain, Path key) throws IOException {
    Collection<? extends Certificate> chain = certificates(certificateChain);
    try {
      KeyStore store = emptyStore();
      store.setKeyEntry(
          "identity", privateKey(key), new char[0], chain.toArray(Certificate[]::new));
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(store, new char[0]);
      return List.of(factory.getKeyManagers());
    } catch (GeneralSecurityException e) {
      throw new IOException("key " + key + " does not go with " + certificateChain, e);
    }
  }

  /// Whom we trust.
  public static List<TrustManager> authorities(Path certificates) throws IOException {
    try {
      KeyStore store = emptyStore();
      int number = 0;
      for (Certificate certificate : certificates(certificates)) {
        store.setCertificateEntry("authority" + number++, certificate);
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      return List.of(factory.getTrustManagers());
    } catch (GeneralSecurityException e) {
      throw new IOException("no certificates of authorities in " + certificates, e);
    }
  }

  /// A context of who shows no certificate and trusts those in a PEM file.
  public static SSLContext trusting(Path certificates) throws IOException {
    return context(List.of(), authorities(certificates));
  }

  /// A context of both.
  ///
  /// @param identity empty: none
  /// @param authorities empty: those of the JDK
  public static SSLContext context(List<KeyManager> identity, List<TrustManager> authorities) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          identity.toArray(KeyManager[]::new),
          authorities.isEmpty() ? null : authorities.toArray(TrustManager[]::new),
          null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static Collection<? extends Certificate> certificates(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      Collection<? extends Certificate> found =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (found.isEmpty()) {
        throw new IOException("no certificate in " + file);
      }
      return found;
    } catch (GeneralSecurityException e) {
      throw new IOException("no certificates in " + file + ": " + e.getMessage(), e);
    }
  }

  private static PrivateKey privateKey(Path file) throws IOException, GeneralSecurityException {
    Matcher matcher = KEY.matcher(Files.readString(file, StandardCharsets.US_ASCII));
    if (!matcher.find()) {
      throw new IOException("no key in " + file + ": \"BEGIN PRIVATE KEY\" (PKCS#8) is expected");
    }
    byte[] encoded = Base64.getMimeDecoder().decode(matcher.group(1));
    InvalidKeySpecException last = new InvalidKeySpecException();
    for (String kind : KEY_KINDS) {
      try {
        return KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(encoded));
      } catch (InvalidKeySpecException e) {
        last = e; // of another kind
      }
    }
    throw new IOException("the key in " + file + " is none of " + KEY_KINDS, last);
  }
}
