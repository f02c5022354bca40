package dev.argon.pgwire;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// The startup parameter `options`: `key=value` items between white space, a backslash makes the
/// next character ordinary, and a token `-c` before an item means nothing (Neon's form of it).
public final class StartupOptions {

  private StartupOptions() {}

  /// The items in order; of a key that comes twice the last one counts. Items without `=` are
  /// refused.
  public static Map<String, String> parse(String options) throws ProtocolException {
    Map<String, String> items = new LinkedHashMap<>();
    StringBuilder token = new StringBuilder();
    boolean inToken = false;
    for (int i = 0; i <= options.length(); i++) {
      char c = i < options.length() ? options.charAt(i) : ' ';
      if (c == '\\' && i + 1 < options.length()) {
        token.append(options.charAt(++i));
        inToken = true;
      } else if (Character.isWhitespace(c)) {
        if (inToken) {
          item(token.toString(), items);
        }
        token.setLength(0);
        inToken = false;
      } else {
        token.append(c);
        inToken = true;
      }
    }
    return Collections.unmodifiableMap(items);
  }

  private static void item(String token, Map<String, String> items) throws ProtocolException {
    if (token.equals("-c")) {
      return;
    }
    String text = token.startsWith("-c") ? token.substring(2) : token;
    int equals = text.indexOf('=');
    if (equals <= 0) {
      throw new ProtocolException("an item of the startup options without \"=\": " + token);
    }
    items.put(text.substring(0, equals), text.substring(equals + 1));
  }

  /// The text form of `items`, as [#parse] reads it.
  public static String format(Map<String, String> items) {
    StringBuilder text = new StringBuilder();
    items.forEach((key, value) -> {
      text.append(text.isEmpty() ? "-c " : " -c ");
      text.append(escaped(key)).append('=').append(escaped(value));
    });
    return text.toString();
  }

  private static String escaped(String text) {
    return text.replaceAll("([\\\\\\s])", "\\\\$1");
  }
}
