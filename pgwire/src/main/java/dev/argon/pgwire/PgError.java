package dev.argon.pgwire;

import java.nio.ByteBuffer;

/// The content of an ErrorResponse (or NoticeResponse).
///
/// @param severity `ERROR`, `FATAL`, ...
/// @param sqlState five characters, see [SqlState]
/// @param message what went wrong, one line
/// @param detail more about it, or empty
/// @param hint what to do about it, or empty
public record PgError(
    String severity, String sqlState, String message, String detail, String hint) {

  public static PgError error(String sqlState, String message) {
    return new PgError("ERROR", sqlState, message, "", "");
  }

  public static PgError fatal(String sqlState, String message) {
    return new PgError("FATAL", sqlState, message, "", "");
  }

  /// Reads the body of an ErrorResponse or NoticeResponse.
  public static PgError decode(ByteBuffer body) throws ProtocolException {
    String severity = "ERROR";
    String sqlState = SqlState.INTERNAL_ERROR;
    String message = "";
    String detail = "";
    String hint = "";
    while (body.hasRemaining()) {
      byte field = body.get();
      if (field == 0) {
        return new PgError(severity, sqlState, message, detail, hint);
      }
      String value = Bytes.cstring(body);
      switch (field) {
        case 'S' -> severity = value;
        case 'C' -> sqlState = value;
        case 'M' -> message = value;
        case 'D' -> detail = value;
        case 'H' -> hint = value;
        default -> {} // fields that newer servers add are allowed and of no interest here
      }
    }
    throw new ProtocolException("an error response without its final zero");
  }

  void encode(MessageWriter writer, char tag) throws java.io.IOException {
    writer.begin(tag);
    field(writer, 'S', severity);
    field(writer, 'V', severity);
    field(writer, 'C', sqlState);
    field(writer, 'M', message);
    if (!detail.isEmpty()) {
      field(writer, 'D', detail);
    }
    if (!hint.isEmpty()) {
      field(writer, 'H', hint);
    }
    writer.putByte(0);
    writer.end();
  }

  private static void field(MessageWriter writer, char code, String value) {
    writer.putByte(code);
    writer.putCstring(value.replace('\0', ' '));
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(severity).append(' ').append(sqlState);
    text.append(": ").append(message);
    if (!detail.isEmpty()) {
      text.append(" (").append(detail).append(')');
    }
    return text.toString();
  }
}
