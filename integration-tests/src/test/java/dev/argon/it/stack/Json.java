package dev.argon.it.stack;

import io.avaje.jsonb.Jsonb;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A value of a JSON document, read as a script reads it: by names, without a type of ours that
/// could hide a field that changed.
public record Json(@Nullable Object value) {

  private static final Jsonb JSONB = Jsonb.builder().build();

  /// Reads a document.
  ///
  /// @throws AssertionError if the text is no JSON
  public static Json parse(String text) {
    try {
      return new Json(JSONB.type(Object.class).fromJson(text));
    } catch (RuntimeException e) {
      throw new AssertionError("no JSON: " + text, e);
    }
  }

  /// The document as text.
  public String write() {
    return JSONB.type(Object.class).toJson(value);
  }

  /// The field of an object.
  ///
  /// @throws AssertionError if this is no object, or has no such field
  public Json at(String field) {
    if (value instanceof Map<?, ?> map && map.containsKey(field)) {
      return new Json(map.get(field));
    }
    throw new AssertionError("no field \"" + field + "\" in " + value);
  }

  public boolean has(String field) {
    return value instanceof Map<?, ?> map && map.get(field) != null;
  }

  /// The fields of an object.
  @SuppressWarnings("unchecked")
  public Map<String, Object> fields() {
    if (value instanceof Map<?, ?> map) {
      return (Map<String, Object>) map;
    }
    throw new AssertionError("no object: " + value);
  }

  public List<Json> list() {
    if (value instanceof List<?> list) {
      return list.stream().map(element -> new Json(element)).toList();
    }
    throw new AssertionError("no list: " + value);
  }

  public String text() {
    return String.valueOf(value);
  }

  public long number() {
    if (value instanceof Number number) {
      return number.longValue();
    }
    return Long.parseLong(text());
  }
}
