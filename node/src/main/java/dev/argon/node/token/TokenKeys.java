package dev.argon.node.token;

import dev.argon.node.PrivateFile;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Base64;

/// Makes key pairs.
public final class TokenKeys {

  private TokenKeys() {}

  /// Makes a new pair and writes it into two PEM files that only their owner can read.
  public static void make(Path privateKey, Path publicKey) throws IOException {
    KeyPair pair;
    try {
      pair = KeyPairGenerator.getInstance(PemKeys.ALGORITHM).generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK has no " + PemKeys.ALGORITHM, e);
    }
    PrivateFile.write(privateKey, pem("PRIVATE KEY", pair.getPrivate()));
    PrivateFile.write(publicKey, pem("PUBLIC KEY", pair.getPublic()));
  }

  private static String pem(String label, Key key) {
    return "-----BEGIN "
        + label
        + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded())
        + "\n-----END "
        + label
        + "-----\n";
  }
}
