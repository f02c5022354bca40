package dev.argon.pgwire.message;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// The kinds of message `R`: an int32 code, and data that depends on it.
public sealed interface AuthenticationRequest {

  /// 0.
  record Ok() implements AuthenticationRequest {}

  /// 2.
  record KerberosV5() implements AuthenticationRequest {}

  /// 3.
  record CleartextPassword() implements AuthenticationRequest {}

  /// 5: four bytes of salt.
  record Md5Password(int salt) implements AuthenticationRequest {}

  /// 7.
  record Gss() implements AuthenticationRequest {}

  /// 8.
  record GssContinue(ByteBuffer data) implements AuthenticationRequest {}

  /// 9.
  record Sspi() implements AuthenticationRequest {}

  /// 10: strings, then one zero.
  record Sasl(List<String> mechanisms) implements AuthenticationRequest {}

  /// 11.
  record SaslContinue(ByteBuffer data) implements AuthenticationRequest {}

  /// 12.
  record SaslFinal(ByteBuffer data) implements AuthenticationRequest {}

  /// Reads the body of `R`.
  static AuthenticationRequest decode(ByteBuffer body) throws ProtocolErrorException {
    int code = Bytes.int32(body, "Authentication");
    AuthenticationRequest request =
        switch (code) {
          case 0 -> new Ok();
          case 2 -> new KerberosV5();
          case 3 -> new CleartextPassword();
          case 5 -> new Md5Password(Bytes.int32(body, "Authentication"));
          case 7 -> new Gss();
          case 8 -> new GssContinue(rest(body));
          case 9 -> new Sspi();
          case 10 -> new Sasl(mechanisms(body));
          case 11 -> new SaslContinue(rest(body));
          case 12 -> new SaslFinal(rest(body));
          default ->
              throw ProtocolErrorException.badMessage("unknown authentication request " + code);
        };
    Bytes.requireEnd(body, "Authentication");
    return request;
  }

  private static ByteBuffer rest(ByteBuffer body) throws ProtocolErrorException {
    return Bytes.slice(body, body.remaining(), "Authentication");
  }

  private static List<String> mechanisms(ByteBuffer body) throws ProtocolErrorException {
    List<String> mechanisms = new ArrayList<>();
    while (true) {
      String mechanism = Bytes.cstring(body, "AuthenticationSASL");
      if (mechanism.isEmpty()) {
        return mechanisms;
      }
      mechanisms.add(mechanism);
    }
  }

  /// Encodes the body of `R`.
  default void encode(MessageEncoder out) {
    switch (this) {
      case Ok() -> out.putInt(0);
      case KerberosV5() -> out.putInt(2);
      case CleartextPassword() -> out.putInt(3);
      case Md5Password(int salt) -> {
        out.putInt(5);
        out.putInt(salt);
      }
      case Gss() -> out.putInt(7);
      case GssContinue(ByteBuffer data) -> {
        out.putInt(8);
        out.putBytes(data.duplicate());
      }
      case Sspi() -> out.putInt(9);
      case Sasl(List<String> mechanisms) -> {
        out.putInt(10);
        mechanisms.forEach(out::putCstring);
        out.putByte(0);
      }
      case SaslContinue(ByteBuffer data) -> {
        out.putInt(11);
        out.putBytes(data.duplicate());
      }
      case SaslFinal(ByteBuffer data) -> {
        out.putInt(12);
        out.putBytes(data.duplicate());
      }
    }
  }
}
