package dev.argon.pgwire.message;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;

/// What a client must know to cancel a query: 4 bytes in protocol 3.0, up to 256 in 3.2.
public final class SecretKey {

  static final int BYTES_MIN = 4;
  static final int BYTES_MAX = 256;

  private final byte[] bytes;

  /// @throws IllegalArgumentException if its length is not 4 to 256
  public SecretKey(byte[] bytes) {
    if (bytes.length < BYTES_MIN || bytes.length > BYTES_MAX) {
      throw new IllegalArgumentException("a cancel key of " + bytes.length + " bytes");
    }
    this.bytes = bytes.clone();
  }

  /// Takes all that is left.
  static SecretKey decode(ByteBuffer body, String what) throws ProtocolErrorException {
    if (body.remaining() < BYTES_MIN || body.remaining() > BYTES_MAX) {
      throw ProtocolErrorException.badMessage(
          what + ": a cancel key of " + body.remaining() + " bytes");
    }
    byte[] bytes = new byte[body.remaining()];
    body.get(bytes);
    return new SecretKey(bytes);
  }

  void encode(MessageEncoder out) {
    out.putBytes(bytes);
  }

  public int length() {
    return bytes.length;
  }

  /// In constant time.
  @Override
  public boolean equals(Object other) {
    return other instanceof SecretKey that && MessageDigest.isEqual(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /// Not the key.
  @Override
  public String toString() {
    return "key of " + bytes.length + " bytes";
  }
}
