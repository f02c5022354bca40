package dev.argon.pgwire.message;

import dev.argon.pgwire.message.BackendMessage.Column;
import dev.argon.pgwire.message.BackendMessage.ErrorField;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/// [BackendMessage]s to bytes.
final class BackendEncoder {

  private BackendEncoder() {}

  static void encode(BackendMessage message, MessageEncoder out) {
    out.begin(tag(message));
    body(message, out);
    out.end();
  }

  private static void body(BackendMessage message, MessageEncoder out) {
    switch (message) {
      case BackendMessage.Authentication(AuthenticationRequest request) -> request.encode(out);
      case BackendMessage.BackendKeyData(int processId, SecretKey key) -> {
        out.putInt(processId);
        key.encode(out);
      }
      case BackendMessage.CommandComplete(String commandTag) -> out.putCstring(commandTag);
      case BackendMessage.CopyData(ByteBuffer payload) -> out.putBytes(payload.duplicate());
      case BackendMessage.CopyInResponse(int format, List<Integer> columns) ->
          copyResponse(out, format, columns);
      case BackendMessage.CopyOutResponse(int format, List<Integer> columns) ->
          copyResponse(out, format, columns);
      case BackendMessage.CopyBothResponse(int format, List<Integer> columns) ->
          copyResponse(out, format, columns);
      case BackendMessage.DataRow(List<Optional<ByteBuffer>> values) -> Values.encode(out, values);
      case BackendMessage.ErrorResponse(List<ErrorField> fields) -> fields(out, fields);
      case BackendMessage.NoticeResponse(List<ErrorField> fields) -> fields(out, fields);
      case BackendMessage.FunctionCallResponse(Optional<ByteBuffer> value) -> {
        out.putInt(value.map(ByteBuffer::remaining).orElse(-1));
        value.ifPresent(bytes -> out.putBytes(bytes.duplicate()));
      }
      case BackendMessage.NegotiateProtocolVersion(int minor, List<String> options) -> {
        out.putInt(3 << 16 | minor);
        out.putInt(options.size());
        options.forEach(out::putCstring);
      }
      case BackendMessage.NotificationResponse(int processId, String channel, String payload) -> {
        out.putInt(processId);
        out.putCstring(channel);
        out.putCstring(payload);
      }
      case BackendMessage.ParameterDescription(List<Integer> types) -> {
        out.putShort(types.size());
        types.forEach(out::putInt);
      }
      case BackendMessage.ParameterStatus(String name, String value) -> {
        out.putCstring(name);
        out.putCstring(value);
      }
      case BackendMessage.ReadyForQuery(char status) -> out.putByte(status);
      case BackendMessage.RowDescription(List<Column> columns) -> {
        out.putShort(columns.size());
        columns.forEach(column -> column(out, column));
      }
      case BackendMessage.ParseComplete(),
          BackendMessage.BindComplete(),
          BackendMessage.CloseComplete(),
          BackendMessage.CopyDone(),
          BackendMessage.EmptyQueryResponse(),
          BackendMessage.NoData(),
          BackendMessage.PortalSuspended() -> {}
    }
  }

  private static char tag(BackendMessage message) {
    return switch (message) {
      case BackendMessage.Authentication _ -> 'R';
      case BackendMessage.BackendKeyData _ -> 'K';
      case BackendMessage.ParseComplete _ -> '1';
      case BackendMessage.BindComplete _ -> '2';
      case BackendMessage.CloseComplete _ -> '3';
      case BackendMessage.CommandComplete _ -> 'C';
      case BackendMessage.CopyData _ -> 'd';
      case BackendMessage.CopyDone _ -> 'c';
      case BackendMessage.CopyInResponse _ -> 'G';
      case BackendMessage.CopyOutResponse _ -> 'H';
      case BackendMessage.CopyBothResponse _ -> 'W';
      case BackendMessage.DataRow _ -> 'D';
      case BackendMessage.EmptyQueryResponse _ -> 'I';
      case BackendMessage.ErrorResponse _ -> 'E';
      case BackendMessage.NoticeResponse _ -> 'N';
      case BackendMessage.FunctionCallResponse _ -> 'V';
      case BackendMessage.NegotiateProtocolVersion _ -> 'v';
      case BackendMessage.NoData _ -> 'n';
      case BackendMessage.NotificationResponse _ -> 'A';
      case BackendMessage.ParameterDescription _ -> 't';
      case BackendMessage.ParameterStatus _ -> 'S';
      case BackendMessage.PortalSuspended _ -> 's';
      case BackendMessage.ReadyForQuery _ -> 'Z';
      case BackendMessage.RowDescription _ -> 'T';
    };
  }

  private static void copyResponse(MessageEncoder out, int format, List<Integer> columns) {
    out.putByte(format);
    Values.encodeFormats(out, columns);
  }

  private static void fields(MessageEncoder out, List<ErrorField> fields) {
    for (ErrorField field : fields) {
      out.putByte(field.code());
      out.putCstring(field.value());
    }
    out.putByte(0);
  }

  private static void column(MessageEncoder out, Column column) {
    out.putCstring(column.name());
    out.putInt(column.table());
    out.putShort(column.number());
    out.putInt(column.type());
    out.putShort(column.typeSize());
    out.putInt(column.typeModifier());
    out.putShort(column.format());
  }
}
