package dev.argon.node.token;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/// Ed25519 keys in PEM files (RFC 7468).
final class PemKeys {

  static final String ALGORITHM = "Ed25519";

  private static final long BYTES_MAX = 64 << 10;

  private PemKeys() {}

  /// The public keys of a file, or of all files in a directory.
  ///
  /// @throws IOException naming the file, if there is none or it holds something else
  static List<PublicKey> publicKeys(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return List.of(publicKey(path));
    }
    List<PublicKey> keys = new ArrayList<>();
    try (Stream<Path> files = Files.list(path)) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile).sorted()::iterator) {
        keys.add(publicKey(file));
      }
    }
    if (keys.isEmpty()) {
      throw new IOException("there is no public key in " + path);
    }
    return keys;
  }

  private static PublicKey publicKey(Path file) throws IOException {
    try {
      return KeyFactory.getInstance(ALGORITHM)
          .generatePublic(new X509EncodedKeySpec(der(file, "PUBLIC KEY")));
    } catch (GeneralSecurityException e) {
      throw new IOException(file + " holds no Ed25519 public key", e);
    }
  }

  static PrivateKey privateKey(Path file) throws IOException {
    try {
      return KeyFactory.getInstance(ALGORITHM)
          .generatePrivate(new PKCS8EncodedKeySpec(der(file, "PRIVATE KEY")));
    } catch (GeneralSecurityException e) {
      throw new IOException(file + " holds no Ed25519 private key", e);
    }
  }

  private static byte[] der(Path file, String label) throws IOException {
    if (Files.size(file) > BYTES_MAX) {
      throw new IOException(file + " is too large for a key");
    }
    String text = Files.readString(file);
    String begin = "-----BEGIN " + label + "-----";
    int from = text.indexOf(begin);
    int to = text.indexOf("-----END " + label + "-----");
    if (from < 0 || to < from) {
      throw new IOException(file + " has no \"" + begin + '"');
    }
    try {
      return Base64.getMimeDecoder().decode(text.substring(from + begin.length(), to));
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " is not base64", e);
    }
  }
}
