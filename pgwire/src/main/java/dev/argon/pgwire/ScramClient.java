package dev.argon.pgwire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.random.RandomGenerator;

/// The client's part of one SCRAM-SHA-256 exchange (RFC 5802, RFC 7677), bound to the server's
/// certificate or not. PostgreSQL takes the user from the startup packet, so the name in here is
/// empty.
final class ScramClient {

  static final String MECHANISM = "SCRAM-SHA-256";

  /// The same, bound to the channel.
  static final String PLUS_MECHANISM = "SCRAM-SHA-256-PLUS";

  static final String BINDING_NAME = "tls-server-end-point";

  private static final int NONCE_BYTES = 18;

  /// A server that asks for more could keep the client busy for minutes.
  private static final int ITERATIONS_MAX = 10_000_000;

  private final ChannelChoice choice;
  private final String password;
  private final String clientFirstBare;
  private final String nonce;
  private byte[] serverSignature = new byte[0];
  private boolean serverVerified;

  /// What the client says about channel binding.
  sealed interface ChannelChoice {

    /// There is no TLS.
    record Unable() implements ChannelChoice {}

    /// The client could, but the server did not offer it: the server must object if it did.
    record NotOffered() implements ChannelChoice {}

    record Bound(ByteBuffer certificateHash) implements ChannelChoice {}

    default String header() {
      return switch (this) {
        case Unable _ -> "n,,";
        case NotOffered _ -> "y,,";
        case Bound _ -> "p=" + BINDING_NAME + ",,";
      };
    }

    /// What is repeated, encoded, in the last message: the header and the binding itself.
    default byte[] input() {
      byte[] header = header().getBytes(StandardCharsets.US_ASCII);
      ByteBuffer data =
          this instanceof Bound bound
              ? bound.certificateHash().duplicate()
              : ByteBuffer.allocate(0);
      return ByteBuffer.allocate(header.length + data.remaining()).put(header).put(data).array();
    }
  }

  ScramClient(String password, String nonce, ChannelChoice choice) {
    this(password, nonce, choice, "");
  }

  ScramClient(String password, String nonce, ChannelChoice choice, String user) {
    this.password = password;
    this.nonce = nonce;
    this.choice = choice;
    clientFirstBare = "n=" + user + ",r=" + nonce;
  }

  String mechanism() {
    return choice instanceof ChannelChoice.Bound ? PLUS_MECHANISM : MECHANISM;
  }

  static String nonce(RandomGenerator random) {
    byte[] bytes = new byte[NONCE_BYTES];
    random.nextBytes(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }

  String clientFirst() {
    return choice.header() + clientFirstBare;
  }

  /// Answers the server's challenge with a proof that the client knows the password.
  String clientFinal(String serverFirst) throws ProtocolException {
    String[] parts = serverFirst.split(",", -1);
    if (parts.length < 3) {
      throw new ProtocolException("a SCRAM challenge of " + parts.length + " parts");
    }
    String fullNonce = value(parts[0], 'r');
    if (!fullNonce.startsWith(nonce) || fullNonce.length() == nonce.length()) {
      throw new ProtocolException("a SCRAM challenge with somebody else's nonce");
    }
    byte[] salt = base64(value(parts[1], 's'));
    int iterations = iterations(value(parts[2], 'i'));
    byte[] salted = ScramKeys.saltedPassword(password, salt, iterations);
    byte[] clientKey = ScramKeys.hmac(salted, "Client Key");
    String withoutProof =
        "c=" + Base64.getEncoder().encodeToString(choice.input()) + ",r=" + fullNonce;
    String authMessage = clientFirstBare + ',' + serverFirst + ',' + withoutProof;
    byte[] signature = ScramKeys.hmac(ScramKeys.sha256(clientKey), authMessage);
    serverSignature = ScramKeys.hmac(ScramKeys.hmac(salted, "Server Key"), authMessage);
    byte[] proof = ScramKeys.xor(clientKey, signature);
    return withoutProof + ",p=" + Base64.getEncoder().encodeToString(proof);
  }

  /// Checks that the server knows the password as well.
  void verifyServerFinal(String serverFinal) throws ProtocolException {
    byte[] signature = base64(value(serverFinal.split(",", 2)[0], 'v'));
    if (serverSignature.length == 0 || !MessageDigest.isEqual(signature, serverSignature)) {
      throw new ProtocolException("the server does not know the password");
    }
    serverVerified = true;
  }

  boolean isServerVerified() {
    return serverVerified;
  }

  private static String value(String part, char name) throws ProtocolException {
    if (part.length() < 2 || part.charAt(0) != name || part.charAt(1) != '=') {
      throw new ProtocolException("a SCRAM message without its part " + name);
    }
    return part.substring(2);
  }

  private static byte[] base64(String text) throws ProtocolException {
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      ProtocolException failure = new ProtocolException("a SCRAM message with invalid base64");
      failure.initCause(e);
      throw failure;
    }
  }

  private static int iterations(String text) throws ProtocolException {
    try {
      int iterations = Integer.parseInt(text);
      if (iterations > 0 && iterations <= ITERATIONS_MAX) {
        return iterations;
      }
    } catch (NumberFormatException e) {
      // reported below
    }
    throw new ProtocolException("a SCRAM challenge with " + text + " iterations");
  }
}
