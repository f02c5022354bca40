package dev.argon.pgwire;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// The first packet of a connection: it has no tag, and is never confused with the messages after.
sealed interface StartupPacket {

  /// The longest that is accepted (`MAX_STARTUP_PACKET_LENGTH`, pqcomm.h).
  int BYTES_MAX = 10_000;

  int CANCEL_REQUEST_CODE = 1234 << 16 | 5678;
  int SSL_REQUEST_CODE = 1234 << 16 | 5679;
  int GSS_REQUEST_CODE = 1234 << 16 | 5680;

  record SslRequest() implements StartupPacket {}

  record GssRequest() implements StartupPacket {}

  record Cancel(int processId, int secretKey) implements StartupPacket {}

  record Start(int major, int minor, Map<String, String> parameters) implements StartupPacket {}

  /// Reads the body that follows the length.
  static StartupPacket decode(ByteBuffer body) throws ProtocolException {
    Bytes.require(body, 4, "startup packet");
    int code = body.getInt();
    return switch (code) {
      case SSL_REQUEST_CODE -> new SslRequest();
      case GSS_REQUEST_CODE -> new GssRequest();
      case CANCEL_REQUEST_CODE -> {
        Bytes.require(body, 8, "cancel request");
        yield new Cancel(body.getInt(), body.getInt());
      }
      default -> start(code, body);
    };
  }

  private static Start start(int code, ByteBuffer body) throws ProtocolException {
    int major = code >>> 16;
    int minor = code & 0xFFFF;
    if (major == 1234) {
      throw new ProtocolException("unknown request code " + major + '.' + minor);
    }
    if (major != 3) {
      throw new ProtocolException("unsupported protocol version " + major + '.' + minor);
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    while (body.remaining() > 1) {
      String name = Bytes.cstring(body);
      if (name.isEmpty()) {
        throw new ProtocolException("a startup parameter without a name");
      }
      parameters.put(name, Bytes.cstring(body));
    }
    if (body.remaining() != 1 || body.get() != 0) {
      throw new ProtocolException("a startup packet without its final zero");
    }
    return new Start(major, minor, Collections.unmodifiableMap(parameters));
  }
}
