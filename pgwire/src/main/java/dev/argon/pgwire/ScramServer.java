package dev.argon.pgwire;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The server's part of one SCRAM-SHA-256 exchange (RFC 5802 section 5, RFC 7677), with channel
/// binding if the connection has a certificate to bind to.
final class ScramServer {

  private final ScramVerifier verifier;
  private final String serverNonce;
  private final byte @Nullable [] certificateHash;
  private byte[] bindingInput = new byte[0];
  private String nonce = "";
  private String firstMessages = "";

  /// @param serverNonce printable, no comma, fresh
  /// @param certificateHash of this server's certificate on a TLS connection
  ScramServer(ScramVerifier verifier, String serverNonce, Optional<byte[]> certificateHash) {
    this.verifier = verifier;
    this.serverNonce = serverNonce;
    this.certificateHash = certificateHash.orElse(null);
  }

  /// The mechanisms to offer, the best first.
  List<String> mechanisms() {
    return certificateHash == null
        ? List.of(ScramClient.MECHANISM)
        : List.of(ScramClient.PLUS_MECHANISM, ScramClient.MECHANISM);
  }

  /// Answers the client's first message with a challenge.
  String serverFirst(String mechanism, String clientFirst) throws ProtocolException {
    if (!mechanisms().contains(mechanism)) {
      throw new ProtocolException("SASL mechanism \"" + mechanism + "\" was not offered");
    }
    String[] parts = clientFirst.split(",", 3);
    if (parts.length < 3) {
      throw new ProtocolException("a SCRAM client message of " + parts.length + " parts");
    }
    if (!parts[1].isEmpty()) {
      throw new ProtocolException("a SCRAM client that wants to be somebody else");
    }
    bindingInput = bindingInput(mechanism, parts[0]);
    String bare = parts[2];
    String clientNonce = "";
    for (String attribute : bare.split(",", -1)) {
      if (attribute.startsWith("m=")) {
        throw new ProtocolException("a SCRAM extension that is not supported");
      }
      if (attribute.startsWith("r=")) {
        clientNonce = attribute.substring(2);
      }
    }
    if (clientNonce.isEmpty()) {
      throw new ProtocolException("a SCRAM client message without a nonce");
    }
    nonce = clientNonce + serverNonce;
    String serverFirst = "r=" + nonce + ",s=" + verifier.saltText() + ",i=" + verifier.iterations();
    firstMessages = bare + ',' + serverFirst;
    return serverFirst;
  }

  private byte[] bindingInput(String mechanism, String flag) throws ProtocolException {
    boolean plus = mechanism.equals(ScramClient.PLUS_MECHANISM);
    byte[] header = (flag + ",,").getBytes(StandardCharsets.US_ASCII);
    if (flag.equals("n") && !plus) {
      return header;
    }
    if (flag.equals("y") && !plus) {
      if (certificateHash != null) {
        throw new ProtocolException(
            "the SCRAM client was told that there is no channel binding, and there is");
      }
      return header;
    }
    if (flag.equals("p=" + ScramClient.BINDING_NAME) && plus && certificateHash != null) {
      byte[] input = Arrays.copyOf(header, header.length + certificateHash.length);
      System.arraycopy(certificateHash, 0, input, header.length, certificateHash.length);
      return input;
    }
    throw new ProtocolException("SCRAM channel binding \"" + flag + "\" with " + mechanism);
  }

  /// Checks the client's proof.
  ///
  /// @return the server's own proof; empty if the password was wrong
  Optional<String> serverFinal(String clientFinal) throws ProtocolException {
    int proofAt = clientFinal.lastIndexOf(",p=");
    String[] parts = proofAt < 0 ? new String[0] : clientFinal.substring(0, proofAt).split(",", -1);
    if (parts.length < 2 || !parts[0].startsWith("c=") || !parts[1].startsWith("r=")) {
      throw new ProtocolException("a last SCRAM client message without its parts");
    }
    if (!Arrays.equals(base64(parts[0].substring(2)), bindingInput)) {
      throw new ProtocolException("SCRAM channel binding does not match");
    }
    if (nonce.isEmpty() || !parts[1].substring(2).equals(nonce)) {
      throw new ProtocolException("a SCRAM client message with somebody else's nonce");
    }
    byte[] proof = base64(clientFinal.substring(proofAt + 3));
    if (proof.length != ScramKeys.KEY_BYTES) {
      throw new ProtocolException("a SCRAM proof of " + proof.length + " bytes");
    }
    String authMessage = firstMessages + ',' + clientFinal.substring(0, proofAt);
    byte[] storedKey = verifier.storedKey();
    byte[] clientKey = ScramKeys.xor(proof, ScramKeys.hmac(storedKey, authMessage));
    if (!MessageDigest.isEqual(ScramKeys.sha256(clientKey), storedKey)) {
      return Optional.empty();
    }
    byte[] signature = ScramKeys.hmac(verifier.serverKey(), authMessage);
    return Optional.of("v=" + Base64.getEncoder().encodeToString(signature));
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
}
