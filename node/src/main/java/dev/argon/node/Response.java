package dev.argon.node;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// An answer: status, media type and body.
public record Response(int status, String mediaType, Body body) {

  private static final String JSON = "application/json";

  /// What is sent.
  public sealed interface Body {

    /// Bytes that are at hand.
    @SuppressWarnings("ArrayRecordComponent") // handed over, compared nowhere
    record Bytes(byte[] bytes) implements Body {}

    /// Bytes that are made while they are sent, after the handler has returned: its deadline does
    /// not hold for them. The status is sent before, so a body that can fail must show by itself
    /// that it is whole.
    record Stream(BodyWriter writer) implements Body {}
  }

  /// Writes a body.
  @FunctionalInterface
  public interface BodyWriter {

    /// @throws IOException if the client went away, or the body cannot be finished
    void write(OutputStream out) throws IOException;
  }

  /// With bytes that are at hand; the array is not copied.
  public Response(int status, String mediaType, byte[] body) {
    this(status, mediaType, new Body.Bytes(body));
  }

  /// 200 with a `@Json` value.
  public static Response json(Object value) {
    return json(200, value);
  }

  public static Response json(int status, Object value) {
    return new Response(status, JSON, JsonCodec.toBytes(value));
  }

  /// 200 with bytes as they are; the array is not copied.
  public static Response bytes(byte[] body) {
    return new Response(200, "application/octet-stream", body);
  }

  /// 200 with bytes that are made while they are sent.
  public static Response stream(String mediaType, BodyWriter writer) {
    return new Response(200, mediaType, new Body.Stream(writer));
  }

  public static Response text(String body) {
    return new Response(200, "text/plain; charset=utf-8", body.getBytes(StandardCharsets.UTF_8));
  }

  /// 200 and `{}`: done, nothing to say.
  public static Response done() {
    return new Response(200, JSON, "{}".getBytes(StandardCharsets.US_ASCII));
  }

  static Response problem(ApiProblem problem) {
    return new Response(
        problem.code().status(),
        ProblemDocument.MEDIA_TYPE,
        JsonCodec.toBytes(ProblemDocument.of(problem)));
  }
}
