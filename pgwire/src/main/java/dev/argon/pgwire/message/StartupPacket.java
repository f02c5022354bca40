package dev.argon.pgwire.message;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// The first packet of a connection: it has no tag, and is never confused with the messages after.
///
/// | bytes | what |
/// |---|---|
/// | 4 | length of the packet, itself included, 8 to 10000 |
/// | 4 | protocol version (major, minor), or 1234 and 5678 (cancel), 5679 (TLS), 5680 (GSS) |
/// | n | cancel: process id, 4 bytes, and key, 4 (3.0) to 256 (3.2) bytes; a version: pairs of |
/// |   | strings, then one zero |
public sealed interface StartupPacket {

  /// The longest that is accepted (`MAX_STARTUP_PACKET_LENGTH`, pqcomm.h).
  int BYTES_MAX = 10_000;

  int CANCEL_REQUEST_CODE = 1234 << 16 | 5678;
  int SSL_REQUEST_CODE = 1234 << 16 | 5679;
  int GSS_REQUEST_CODE = 1234 << 16 | 5680;

  record SslRequest() implements StartupPacket {}

  record GssRequest() implements StartupPacket {}

  record Cancel(int processId, SecretKey secretKey) implements StartupPacket {}

  /// @param parameters in the order they came
  record Start(int major, int minor, Map<String, String> parameters) implements StartupPacket {
    public Start {
      parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    }
  }

  /// Checks the length at the front of a packet.
  static int checkedLength(int length) throws ProtocolErrorException {
    if (length < 8 || length > BYTES_MAX) {
      throw ProtocolErrorException.violation("invalid length of startup packet: " + length);
    }
    return length;
  }

  /// Reads the body that follows the length.
  static StartupPacket decode(ByteBuffer body) throws ProtocolErrorException {
    int code = Bytes.int32(body, "startup packet");
    return switch (code) {
      case SSL_REQUEST_CODE -> {
        Bytes.requireEnd(body, "TLS request");
        yield new SslRequest();
      }
      case GSS_REQUEST_CODE -> {
        Bytes.requireEnd(body, "GSS encryption request");
        yield new GssRequest();
      }
      case CANCEL_REQUEST_CODE -> {
        int processId = Bytes.int32(body, "cancel request");
        yield new Cancel(processId, SecretKey.decode(body, "cancel request"));
      }
      default -> start(code, body);
    };
  }

  private static Start start(int code, ByteBuffer body) throws ProtocolErrorException {
    int major = code >>> 16;
    int minor = code & 0xFFFF;
    if (major == 1234) {
      throw ProtocolErrorException.violation("unknown request code " + major + '.' + minor);
    }
    if (major != 3) {
      throw ProtocolErrorException.violation("unsupported protocol version " + major + '.' + minor);
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    while (body.remaining() > 1) {
      String name = Bytes.cstring(body, "startup packet");
      if (name.isEmpty()) {
        throw ProtocolErrorException.badMessage("a startup parameter without a name");
      }
      if (!body.hasRemaining()) {
        throw ProtocolErrorException.badMessage("startup parameter " + name + " without a value");
      }
      parameters.put(name, Bytes.cstring(body, "startup parameter " + name));
    }
    if (body.remaining() != 1 || body.get() != 0) {
      throw ProtocolErrorException.badMessage("a startup packet without its final zero");
    }
    return new Start(major, minor, parameters);
  }

  /// Encodes this packet, its length included.
  default void encode(MessageEncoder out) {
    out.beginUntagged();
    switch (this) {
      case SslRequest() -> out.putInt(SSL_REQUEST_CODE);
      case GssRequest() -> out.putInt(GSS_REQUEST_CODE);
      case Cancel(int processId, SecretKey key) -> {
        out.putInt(CANCEL_REQUEST_CODE);
        out.putInt(processId);
        key.encode(out);
      }
      case Start(int major, int minor, Map<String, String> parameters) -> {
        out.putInt(major << 16 | minor);
        parameters.forEach((name, value) -> {
          out.putCstring(name);
          out.putCstring(value);
        });
        out.putByte(0);
      }
    }
    out.end();
  }
}
