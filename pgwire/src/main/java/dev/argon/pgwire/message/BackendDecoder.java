package dev.argon.pgwire.message;

import dev.argon.pgwire.message.BackendMessage.Column;
import dev.argon.pgwire.message.BackendMessage.ErrorField;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Bodies to [BackendMessage]s.
final class BackendDecoder {

  /// The fixed part of a column behind its name.
  private static final int COLUMN_BYTES = 18;

  private BackendDecoder() {}

  static BackendMessage decode(byte tag, ByteBuffer body) throws ProtocolErrorException {
    BackendMessage message =
        switch (tag) {
          case 'R' -> new BackendMessage.Authentication(AuthenticationRequest.decode(body));
          case 'K' ->
              new BackendMessage.BackendKeyData(
                  Bytes.int32(body, "BackendKeyData"), SecretKey.decode(body, "BackendKeyData"));
          case '1' -> new BackendMessage.ParseComplete();
          case '2' -> new BackendMessage.BindComplete();
          case '3' -> new BackendMessage.CloseComplete();
          case 'C' -> new BackendMessage.CommandComplete(Bytes.cstring(body, "CommandComplete"));
          case 'd' -> new BackendMessage.CopyData(Bytes.slice(body, body.remaining(), "CopyData"));
          case 'c' -> new BackendMessage.CopyDone();
          case 'G' -> new BackendMessage.CopyInResponse(copyFormat(body), formats(body));
          case 'H' -> new BackendMessage.CopyOutResponse(copyFormat(body), formats(body));
          case 'W' -> new BackendMessage.CopyBothResponse(copyFormat(body), formats(body));
          case 'D' -> new BackendMessage.DataRow(Values.decode(body, "DataRow"));
          case 'I' -> new BackendMessage.EmptyQueryResponse();
          case 'E' -> new BackendMessage.ErrorResponse(fields(body));
          case 'N' -> new BackendMessage.NoticeResponse(fields(body));
          case 'V' ->
              new BackendMessage.FunctionCallResponse(
                  Values.decodeOne(body, "FunctionCallResponse"));
          case 'v' -> negotiate(body);
          case 'n' -> new BackendMessage.NoData();
          case 'A' ->
              new BackendMessage.NotificationResponse(
                  Bytes.int32(body, "NotificationResponse"),
                  Bytes.cstring(body, "NotificationResponse"),
                  Bytes.cstring(body, "NotificationResponse"));
          case 't' -> new BackendMessage.ParameterDescription(types(body));
          case 'S' ->
              new BackendMessage.ParameterStatus(
                  Bytes.cstring(body, "ParameterStatus"), Bytes.cstring(body, "ParameterStatus"));
          case 's' -> new BackendMessage.PortalSuspended();
          case 'Z' -> new BackendMessage.ReadyForQuery(status(body));
          case 'T' -> new BackendMessage.RowDescription(columns(body));
          default ->
              throw ProtocolErrorException.violation(
                  "unknown message with tag " + MessageSet.printable(tag));
        };
    if (body.hasRemaining()) {
      Bytes.requireEnd(body, "message with tag " + MessageSet.printable(tag));
    }
    return message;
  }

  private static int copyFormat(ByteBuffer body) throws ProtocolErrorException {
    return Bytes.int8(body, "CopyResponse");
  }

  private static List<Integer> formats(ByteBuffer body) throws ProtocolErrorException {
    int count = Bytes.count(body, 2, "CopyResponse");
    List<Integer> formats = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      formats.add(Bytes.uint16(body, "CopyResponse"));
    }
    return formats;
  }

  private static List<ErrorField> fields(ByteBuffer body) throws ProtocolErrorException {
    List<ErrorField> fields = new ArrayList<>();
    while (true) {
      byte code = Bytes.int8(body, "error or notice");
      if (code == 0) {
        return fields;
      }
      fields.add(new ErrorField((char) code, Bytes.cstring(body, "error or notice")));
    }
  }

  private static BackendMessage negotiate(ByteBuffer body) throws ProtocolErrorException {
    int version = Bytes.int32(body, "NegotiateProtocolVersion");
    int count = Bytes.int32(body, "NegotiateProtocolVersion");
    if (count < 0 || count > body.remaining()) {
      throw ProtocolErrorException.badMessage(
          "NegotiateProtocolVersion: " + count + " options in " + body.remaining() + " bytes");
    }
    List<String> options = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      options.add(Bytes.cstring(body, "NegotiateProtocolVersion"));
    }
    return new BackendMessage.NegotiateProtocolVersion(version & 0xFFFF, options);
  }

  private static List<Integer> types(ByteBuffer body) throws ProtocolErrorException {
    int count = Bytes.count(body, 4, "ParameterDescription");
    List<Integer> types = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      types.add(Bytes.int32(body, "ParameterDescription"));
    }
    return types;
  }

  private static char status(ByteBuffer body) throws ProtocolErrorException {
    byte status = Bytes.int8(body, "ReadyForQuery");
    if (status != 'I' && status != 'T' && status != 'E') {
      throw ProtocolErrorException.badMessage(
          "ReadyForQuery with status " + MessageSet.printable(status));
    }
    return (char) status;
  }

  private static List<Column> columns(ByteBuffer body) throws ProtocolErrorException {
    int count = Bytes.count(body, 1 + COLUMN_BYTES, "RowDescription");
    List<Column> columns = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      String name = Bytes.cstring(body, "RowDescription");
      Bytes.require(body, COLUMN_BYTES, "RowDescription");
      columns.add(
          new Column(
              name,
              body.getInt(),
              body.getShort(),
              body.getInt(),
              body.getShort(),
              body.getInt(),
              body.getShort()));
    }
    return columns;
  }
}
