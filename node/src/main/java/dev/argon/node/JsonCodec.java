package dev.argon.node;

import io.avaje.json.JsonException;
import io.avaje.jsonb.JsonType;
import io.avaje.jsonb.Jsonb;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;

/// JSON by the adapters that `@Json` records generate at compile time. Records on the wire and in
/// files are annotated `@Json(naming = Json.Naming.LowerUnderscore)`. Fields that are not known are
/// ignored, so an older program reads what a newer one wrote. The records are public, top-level or
/// nested in public types: package-private ones of main and test code would shadow each other.
///
/// An absent field reaches the record's constructor as null or 0: the constructor is where a record
/// checks that it is complete.
public final class JsonCodec {

  private static final Jsonb JSONB = Jsonb.builder().build();

  private JsonCodec() {}

  public static byte[] toBytes(Object value) {
    return JSONB.toJsonBytes(value);
  }

  public static String toText(Object value) {
    return JSONB.toJson(value);
  }

  /// For files and output that people read.
  public static String toPrettyText(Object value) {
    return JSONB.toJsonPretty(value);
  }

  /// @throws IllegalArgumentException if the text is no JSON or does not fit the type; the message
  ///   names the place
  public static <T> T fromBytes(byte[] json, Class<T> type) {
    return fromText(new String(json, StandardCharsets.UTF_8), type);
  }

  /// @throws IllegalArgumentException as [#fromBytes]
  public static <T> T fromText(String json, Class<T> type) {
    T value;
    try {
      value = JSONB.type(type).fromJson(json);
    } catch (JsonException | IllegalStateException | NullPointerException e) {
      throw new IllegalArgumentException(
          "not a valid " + type.getSimpleName() + ": " + e.getMessage(), e);
    }
    if (value == null) {
      throw new IllegalArgumentException("not a valid " + type.getSimpleName() + ": null");
    }
    return value;
  }

  /// The adapter of a type, for lists and maps: `typeOf(Types.listOf(X.class))`.
  public static <T> JsonType<T> typeOf(Type type) {
    return JSONB.type(type);
  }

  /// A field that a record needs, checked in its constructor.
  public static <T> T required(@org.jspecify.annotations.Nullable T value, String field) {
    if (value == null) {
      throw new IllegalArgumentException("the field \"" + field + "\" is missing");
    }
    return value;
  }
}
