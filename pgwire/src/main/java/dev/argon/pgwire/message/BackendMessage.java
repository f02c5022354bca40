package dev.argon.pgwire.message;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/// What a server sends. Buffers within are views of the body given to [#decode].
public sealed interface BackendMessage {

  /// `R`.
  record Authentication(AuthenticationRequest request) implements BackendMessage {}

  /// `K`: what a cancel request must name.
  record BackendKeyData(int processId, SecretKey secretKey) implements BackendMessage {}

  /// `1`.
  record ParseComplete() implements BackendMessage {}

  /// `2`.
  record BindComplete() implements BackendMessage {}

  /// `3`.
  record CloseComplete() implements BackendMessage {}

  /// `C`: a tag like `SELECT 1`.
  record CommandComplete(String commandTag) implements BackendMessage {}

  /// `d`.
  record CopyData(ByteBuffer payload) implements BackendMessage {}

  /// `c`.
  record CopyDone() implements BackendMessage {}

  /// `G`: overall format (0 text, 1 binary) and that of each column.
  record CopyInResponse(int format, List<Integer> columnFormats) implements BackendMessage {}

  /// `H`.
  record CopyOutResponse(int format, List<Integer> columnFormats) implements BackendMessage {}

  /// `W`.
  record CopyBothResponse(int format, List<Integer> columnFormats) implements BackendMessage {}

  /// `D`: an empty value is NULL.
  record DataRow(List<Optional<ByteBuffer>> values) implements BackendMessage {}

  /// `I`.
  record EmptyQueryResponse() implements BackendMessage {}

  /// `E`.
  record ErrorResponse(List<ErrorField> fields) implements BackendMessage {}

  /// `N`.
  record NoticeResponse(List<ErrorField> fields) implements BackendMessage {}

  /// `V`.
  record FunctionCallResponse(Optional<ByteBuffer> value) implements BackendMessage {}

  /// `v`: the newest minor version of protocol 3 the server knows, and the `_pq_.` options it does
  /// not know.
  record NegotiateProtocolVersion(int minor, List<String> unknownOptions)
      implements BackendMessage {}

  /// `n`.
  record NoData() implements BackendMessage {}

  /// `A`.
  record NotificationResponse(int processId, String channel, String payload)
      implements BackendMessage {}

  /// `t`.
  record ParameterDescription(List<Integer> types) implements BackendMessage {}

  /// `S`.
  record ParameterStatus(String name, String value) implements BackendMessage {}

  /// `s`.
  record PortalSuspended() implements BackendMessage {}

  /// `Z`: `I` idle, `T` in a transaction, `E` in a failed one.
  record ReadyForQuery(char status) implements BackendMessage {}

  /// `T`.
  record RowDescription(List<Column> columns) implements BackendMessage {}

  /// One column of a [RowDescription].
  ///
  /// @param table oid, 0 if it is no table's column
  /// @param number of the column in its table, or 0
  /// @param type oid
  /// @param typeSize as `pg_type.typlen`
  /// @param format 0 text, 1 binary
  record Column(
      String name, int table, int number, int type, int typeSize, int typeModifier, int format) {

    private static final int TEXT_OID = 25;

    /// A result of type text that belongs to no table.
    public static Column text(String name) {
      return new Column(name, 0, 0, TEXT_OID, -1, -1, 0);
    }
  }

  /// One field of an error or a notice: its code (`S`, `C`, `M`, ...) and its value.
  record ErrorField(char code, String value) {}

  /// Reads a body; all of it must be used up.
  static BackendMessage decode(byte tag, ByteBuffer body) throws ProtocolErrorException {
    return BackendDecoder.decode(tag, body);
  }

  /// Encodes the whole message.
  default void encode(MessageEncoder out) {
    BackendEncoder.encode(this, out);
  }
}
