package dev.argon.pgwire;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.random.RandomGenerator;

/// What a server keeps of a password: enough to check it, not enough to be it. The text form is
/// PostgreSQL's (`pg_authid.rolpassword`): `SCRAM-SHA-256$iterations:salt$storedKey:serverKey`.
public final class ScramVerifier {

  private static final int ITERATIONS = 4096;
  private static final int SALT_BYTES = 16;
  private static final String PREFIX = "SCRAM-SHA-256$";

  private final int iterations;
  private final byte[] salt;
  private final byte[] storedKey;
  private final byte[] serverKey;

  private ScramVerifier(int iterations, byte[] salt, byte[] storedKey, byte[] serverKey) {
    this.iterations = iterations;
    this.salt = salt;
    this.storedKey = storedKey;
    this.serverKey = serverKey;
  }

  /// A new one for `password`, with a salt from `random` (which must be a secure one).
  public static ScramVerifier generate(String password, RandomGenerator random) {
    byte[] salt = new byte[SALT_BYTES];
    random.nextBytes(salt);
    return of(password, salt, ITERATIONS);
  }

  static ScramVerifier of(String password, byte[] salt, int iterations) {
    byte[] salted = ScramKeys.saltedPassword(password, salt, iterations);
    return new ScramVerifier(
        iterations,
        salt,
        ScramKeys.sha256(ScramKeys.hmac(salted, "Client Key")),
        ScramKeys.hmac(salted, "Server Key"));
  }

  /// Reads the text form.
  ///
  /// @throws IllegalArgumentException if `text` has another form (it is not repeated in the
  ///   message)
  public static ScramVerifier parse(String text) {
    String[] parts =
        text.startsWith(PREFIX) ? text.substring(PREFIX.length()).split("[$:]", -1) : new String[0];
    if (parts.length != 4) {
      throw new IllegalArgumentException("not a SCRAM-SHA-256 verifier");
    }
    Base64.Decoder decoder = Base64.getDecoder();
    ScramVerifier verifier =
        new ScramVerifier(
            Integer.parseInt(parts[0]),
            decoder.decode(parts[1]),
            decoder.decode(parts[2]),
            decoder.decode(parts[3]));
    if (verifier.iterations <= 0
        || verifier.storedKey.length != ScramKeys.KEY_BYTES
        || verifier.serverKey.length != ScramKeys.KEY_BYTES) {
      throw new IllegalArgumentException("not a SCRAM-SHA-256 verifier");
    }
    return verifier;
  }

  /// One that no password fits, for a user that does not exist: always the same for one name, so
  /// that nobody can tell who exists.
  static ScramVerifier ofNobody(String user, byte[] secret) {
    byte[] salt = Arrays.copyOf(ScramKeys.hmac(secret, user), SALT_BYTES);
    return new ScramVerifier(
        ITERATIONS,
        salt,
        ScramKeys.hmac(secret, "stored " + user),
        ScramKeys.hmac(secret, "server " + user));
  }

  int iterations() {
    return iterations;
  }

  String saltText() {
    return Base64.getEncoder().encodeToString(salt);
  }

  byte[] storedKey() {
    return storedKey.clone();
  }

  byte[] serverKey() {
    return serverKey.clone();
  }

  /// Whether this was made from `password`.
  public boolean matches(String password) {
    return MessageDigest.isEqual(of(password, salt, iterations).serverKey, serverKey);
  }

  @Override
  public String toString() {
    Base64.Encoder encoder = Base64.getEncoder();
    return PREFIX
        + iterations
        + ':'
        + encoder.encodeToString(salt)
        + '$'
        + encoder.encodeToString(storedKey)
        + ':'
        + encoder.encodeToString(serverKey);
  }
}
