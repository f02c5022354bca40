package dev.argon.pgwire.message;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a client sends after its startup packet. Buffers within are views of the body given to
/// [#decode].
public sealed interface FrontendMessage {

  /// `Q`: a simple query.
  record Query(String text) implements FrontendMessage {}

  /// `P`: name, text, types of parameters (0 is "not said").
  record Parse(String statement, String text, List<Integer> parameterTypes)
      implements FrontendMessage {}

  /// `B`: portal, statement, formats of parameters (none, one for all, or each), parameters (empty
  /// is NULL), formats of results.
  record Bind(
      String portal,
      String statement,
      List<Integer> parameterFormats,
      List<Optional<ByteBuffer>> parameters,
      List<Integer> resultFormats)
      implements FrontendMessage {}

  /// What `D` and `C` are about.
  enum Target {
    STATEMENT('S'),
    PORTAL('P');

    private final char code;

    Target(char code) {
      this.code = code;
    }
  }

  /// `D`.
  record Describe(Target target, String name) implements FrontendMessage {}

  /// `E`: at most so many rows; 0 is all.
  record Execute(String portal, int rowLimit) implements FrontendMessage {}

  /// `C`.
  record Close(Target target, String name) implements FrontendMessage {}

  /// `S`.
  record Sync() implements FrontendMessage {}

  /// `H`.
  record Flush() implements FrontendMessage {}

  /// `X`.
  record Terminate() implements FrontendMessage {}

  /// `F`: the deprecated call of a function by its oid.
  record FunctionCall(
      int function,
      List<Integer> argumentFormats,
      List<Optional<ByteBuffer>> arguments,
      int resultFormat)
      implements FrontendMessage {}

  /// `d`.
  record CopyData(ByteBuffer payload) implements FrontendMessage {}

  /// `c`.
  record CopyDone() implements FrontendMessage {}

  /// `f`.
  record CopyFail(String reason) implements FrontendMessage {}

  /// `p`: what it is depends on what the server asked for; see [#password] and
  /// [SaslInitialResponse].
  record AuthenticationResponse(ByteBuffer data) implements FrontendMessage {

    /// Read as the answer to a request for a password.
    public String password() throws ProtocolErrorException {
      ByteBuffer body = data.duplicate();
      String password = Bytes.cstring(body, "PasswordMessage");
      Bytes.requireEnd(body, "PasswordMessage");
      return password;
    }
  }

  /// The first answer within `p` to a SASL request: mechanism, int32 length or -1, data.
  record SaslInitialResponse(String mechanism, ByteBuffer data) {

    private static final String NAME = "SASLInitialResponse";

    public static SaslInitialResponse decode(ByteBuffer body) throws ProtocolErrorException {
      String mechanism = Bytes.cstring(body, NAME);
      int length = Bytes.int32(body, NAME);
      ByteBuffer data = Bytes.slice(body, length == -1 ? 0 : length, NAME);
      Bytes.requireEnd(body, NAME);
      return new SaslInitialResponse(mechanism, data);
    }
  }

  /// Reads a body; all of it must be used up.
  static FrontendMessage decode(byte tag, ByteBuffer body) throws ProtocolErrorException {
    FrontendMessage message =
        switch (tag) {
          case 'Q' -> new Query(Bytes.cstring(body, "Query"));
          case 'P' -> parse(body);
          case 'B' -> bind(body);
          case 'D' -> new Describe(target(body, "Describe"), Bytes.cstring(body, "Describe"));
          case 'E' -> new Execute(Bytes.cstring(body, "Execute"), Bytes.int32(body, "Execute"));
          case 'C' -> new Close(target(body, "Close"), Bytes.cstring(body, "Close"));
          case 'S' -> new Sync();
          case 'H' -> new Flush();
          case 'X' -> new Terminate();
          case 'F' -> functionCall(body);
          case 'd' -> new CopyData(Bytes.slice(body, body.remaining(), "CopyData"));
          case 'c' -> new CopyDone();
          case 'f' -> new CopyFail(Bytes.cstring(body, "CopyFail"));
          case 'p' ->
              new AuthenticationResponse(
                  Bytes.slice(body, body.remaining(), "AuthenticationResponse"));
          default ->
              throw ProtocolErrorException.violation(
                  "unknown message with tag " + MessageSet.printable(tag));
        };
    if (body.hasRemaining()) {
      Bytes.requireEnd(body, "message with tag " + MessageSet.printable(tag));
    }
    return message;
  }

  private static Target target(ByteBuffer body, String what) throws ProtocolErrorException {
    byte code = Bytes.int8(body, what);
    for (Target target : Target.values()) {
      if (target.code == code) {
        return target;
      }
    }
    throw ProtocolErrorException.badMessage(what + " of kind " + MessageSet.printable(code));
  }

  private static Parse parse(ByteBuffer body) throws ProtocolErrorException {
    String statement = Bytes.cstring(body, "Parse");
    String text = Bytes.cstring(body, "Parse");
    int count = Bytes.count(body, 4, "Parse");
    List<Integer> types = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      types.add(Bytes.int32(body, "Parse"));
    }
    return new Parse(statement, text, types);
  }

  private static Bind bind(ByteBuffer body) throws ProtocolErrorException {
    return new Bind(
        Bytes.cstring(body, "Bind"),
        Bytes.cstring(body, "Bind"),
        formats(body, "Bind"),
        Values.decode(body, "Bind"),
        formats(body, "Bind"));
  }

  private static FunctionCall functionCall(ByteBuffer body) throws ProtocolErrorException {
    return new FunctionCall(
        Bytes.int32(body, "FunctionCall"),
        formats(body, "FunctionCall"),
        Values.decode(body, "FunctionCall"),
        Bytes.uint16(body, "FunctionCall"));
  }

  private static List<Integer> formats(ByteBuffer body, String what) throws ProtocolErrorException {
    int count = Bytes.count(body, 2, what);
    List<Integer> formats = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      formats.add(Bytes.uint16(body, what));
    }
    return formats;
  }

  /// Encodes the whole message.
  default void encode(MessageEncoder out) {
    out.begin(tag());
    switch (this) {
      case Query(String text) -> out.putCstring(text);
      case Parse(String statement, String text, List<Integer> types) -> {
        out.putCstring(statement);
        out.putCstring(text);
        out.putShort(types.size());
        types.forEach(out::putInt);
      }
      case Bind bind -> {
        out.putCstring(bind.portal());
        out.putCstring(bind.statement());
        Values.encodeFormats(out, bind.parameterFormats());
        Values.encode(out, bind.parameters());
        Values.encodeFormats(out, bind.resultFormats());
      }
      case Describe(Target target, String name) -> {
        out.putByte(target.code);
        out.putCstring(name);
      }
      case Execute(String portal, int rowLimit) -> {
        out.putCstring(portal);
        out.putInt(rowLimit);
      }
      case Close(Target target, String name) -> {
        out.putByte(target.code);
        out.putCstring(name);
      }
      case FunctionCall call -> {
        out.putInt(call.function());
        Values.encodeFormats(out, call.argumentFormats());
        Values.encode(out, call.arguments());
        out.putShort(call.resultFormat());
      }
      case CopyData(ByteBuffer payload) -> out.putBytes(payload.duplicate());
      case CopyFail(String reason) -> out.putCstring(reason);
      case AuthenticationResponse(ByteBuffer data) -> out.putBytes(data.duplicate());
      case Sync(), Flush(), Terminate(), CopyDone() -> {}
    }
    out.end();
  }

  private char tag() {
    return switch (this) {
      case Query _ -> 'Q';
      case Parse _ -> 'P';
      case Bind _ -> 'B';
      case Describe _ -> 'D';
      case Execute _ -> 'E';
      case Close _ -> 'C';
      case Sync _ -> 'S';
      case Flush _ -> 'H';
      case Terminate _ -> 'X';
      case FunctionCall _ -> 'F';
      case CopyData _ -> 'd';
      case CopyDone _ -> 'c';
      case CopyFail _ -> 'f';
      case AuthenticationResponse _ -> 'p';
    };
  }
}
