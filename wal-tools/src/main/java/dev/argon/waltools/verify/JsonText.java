package dev.argon.waltools.verify;

/// Writes JSON piece by piece; commas are put where they belong.
final class JsonText {

  private final StringBuilder text = new StringBuilder();

  private void comma() {
    if (!text.isEmpty()) {
      char last = text.charAt(text.length() - 1);
      if (last != '{' && last != '[') {
        text.append(',');
      }
    }
  }

  private void name(String name) {
    comma();
    quote(name);
    text.append(':');
  }

  private void quote(String value) {
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        text.append('\\').append(c);
      } else if (c < ' ') {
        text.append("\\u%04x".formatted((int) c));
      } else {
        text.append(c);
      }
    }
    text.append('"');
  }

  void begin() {
    comma();
    text.append('{');
  }

  void beginObject(String name) {
    name(name);
    text.append('{');
  }

  void end() {
    text.append('}');
  }

  void beginArray(String name) {
    name(name);
    text.append('[');
  }

  void endArray() {
    text.append(']');
  }

  void text(String name, String value) {
    name(name);
    quote(value);
  }

  void number(String name, long value) {
    name(name);
    text.append(value);
  }

  void flag(String name, boolean value) {
    name(name);
    text.append(value);
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
