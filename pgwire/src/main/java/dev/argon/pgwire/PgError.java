package dev.argon.pgwire;

import dev.argon.pgwire.message.BackendMessage;
import dev.argon.pgwire.message.BackendMessage.ErrorField;
import dev.argon.pgwire.message.BackendMessage.ErrorResponse;
import dev.argon.pgwire.message.ProtocolErrorException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

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
    try {
      if (BackendMessage.decode((byte) 'E', body) instanceof ErrorResponse(List<ErrorField> all)) {
        return of(all);
      }
    } catch (ProtocolErrorException e) {
      throw new ProtocolException(e);
    }
    throw new IllegalStateException("an ErrorResponse was decoded as something else");
  }

  /// What is of interest of the fields; those that newer servers add are passed over.
  static PgError of(List<ErrorField> fields) {
    String severity = "ERROR";
    String sqlState = SqlState.INTERNAL_ERROR;
    String message = "";
    String detail = "";
    String hint = "";
    for (ErrorField field : fields) {
      switch (field.code()) {
        case 'S' -> severity = field.value();
        case 'C' -> sqlState = field.value();
        case 'M' -> message = field.value();
        case 'D' -> detail = field.value();
        case 'H' -> hint = field.value();
        default -> {}
      }
    }
    return new PgError(severity, sqlState, message, detail, hint);
  }

  private List<ErrorField> fields() {
    List<ErrorField> fields = new ArrayList<>();
    fields.add(field('S', severity));
    fields.add(field('V', severity));
    fields.add(field('C', sqlState));
    fields.add(field('M', message));
    if (!detail.isEmpty()) {
      fields.add(field('D', detail));
    }
    if (!hint.isEmpty()) {
      fields.add(field('H', hint));
    }
    return fields;
  }

  private static ErrorField field(char code, String value) {
    return new ErrorField(code, value.replace('\0', ' '));
  }

  void encode(MessageWriter writer) throws IOException {
    writer.put(new ErrorResponse(fields()));
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
