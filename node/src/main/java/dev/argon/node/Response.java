package dev.argon.node;

import java.nio.charset.StandardCharsets;

/// An answer: status, media type and bytes.
@SuppressWarnings("ArrayRecordComponent") // handed over, compared nowhere
public record Response(int status, String mediaType, byte[] body) {

  private static final String JSON = "application/json";

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
