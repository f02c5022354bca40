package dev.argon.waltools;

/// One JSON value put together front to back, on one line. Every method adds to what is there; the
/// caller opens and closes in order.
public final class JsonLine {

  private static final int FIRST_PRINTABLE = 0x20;

  private final StringBuilder builder = new StringBuilder();

  /// Whether what comes next needs a comma before it.
  private boolean follows;

  /// Empties it for the next value.
  public JsonLine clear() {
    builder.setLength(0);
    follows = false;
    return this;
  }

  /// `{`, as a value.
  public JsonLine beginObject() {
    return open('{');
  }

  public JsonLine endObject() {
    return close('}');
  }

  /// `[`, as a value.
  public JsonLine beginArray() {
    return open('[');
  }

  public JsonLine endArray() {
    return close(']');
  }

  /// The name of the value that comes next.
  public JsonLine name(String name) {
    text(name);
    builder.append(':');
    follows = false;
    return this;
  }

  /// A string.
  public JsonLine text(CharSequence text) {
    separate();
    builder.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> builder.append("\\\"");
        case '\\' -> builder.append("\\\\");
        case '\n' -> builder.append("\\n");
        case '\t' -> builder.append("\\t");
        default -> {
          if (c < FIRST_PRINTABLE) {
            builder.append("\\u%04x".formatted((int) c));
          } else {
            builder.append(c);
          }
        }
      }
    }
    builder.append('"');
    follows = true;
    return this;
  }

  public JsonLine number(long value) {
    separate();
    builder.append(value);
    follows = true;
    return this;
  }

  public JsonLine number(double value) {
    separate();
    builder.append(Double.isFinite(value) ? Double.toString(value) : "null");
    follows = true;
    return this;
  }

  public JsonLine bool(boolean value) {
    separate();
    builder.append(value);
    follows = true;
    return this;
  }

  public JsonLine field(String name, CharSequence value) {
    return name(name).text(value);
  }

  public JsonLine field(String name, long value) {
    return name(name).number(value);
  }

  public JsonLine field(String name, boolean value) {
    return name(name).bool(value);
  }

  private JsonLine open(char bracket) {
    separate();
    builder.append(bracket);
    follows = false;
    return this;
  }

  private JsonLine close(char bracket) {
    builder.append(bracket);
    follows = true;
    return this;
  }

  private void separate() {
    if (follows) {
      builder.append(',');
    }
  }

  /// The line, without its end.
  @Override
  public String toString() {
    return builder.toString();
  }
}
