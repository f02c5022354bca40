package dev.argon.node;

import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// What a [Handler] is asked.
public final class Request {

  private final String method;
  private final String path;
  private final Map<String, String> pathParameters;
  private final Map<String, String> queryParameters;
  private final byte[] body;

  private Request(
      String method,
      String path,
      Map<String, String> pathParameters,
      Map<String, String> queryParameters,
      byte[] body) {
    this.method = method;
    this.path = path;
    this.pathParameters = Map.copyOf(pathParameters);
    this.queryParameters = Map.copyOf(queryParameters);
    this.body = body;
  }

  /// @param rawQuery as on the wire, or empty
  /// @param sizeMaxBytes a longer body is refused
  static Request read(
      String method,
      String path,
      Map<String, String> pathParameters,
      String rawQuery,
      InputStream body,
      int sizeMaxBytes)
      throws IOException, ApiProblem {
    byte[] bytes = body.readNBytes(sizeMaxBytes + 1);
    if (bytes.length > sizeMaxBytes) {
      throw new ApiProblem(
          ProblemCode.BODY_TOO_LARGE, "the body is longer than " + sizeMaxBytes + " bytes");
    }
    return new Request(method, path, pathParameters, parseQuery(rawQuery), bytes);
  }

  static Map<String, String> parseQuery(String rawQuery) throws ApiProblem {
    Map<String, String> parameters = new HashMap<>();
    for (String pair : rawQuery.split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      String value = equals < 0 ? "" : pair.substring(equals + 1);
      if (!pair.isEmpty()) {
        parameters.put(decode(name), decode(value));
      }
    }
    return parameters;
  }

  private static String decode(String text) throws ApiProblem {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new ApiProblem(ProblemCode.BAD_REQUEST, "not percent-encoded: " + text, e);
    }
  }

  public String method() {
    return method;
  }

  public String path() {
    return path;
  }

  /// The part of the path that matched `{name}` of the route.
  public String pathParameter(String name) {
    String value = pathParameters.get(name);
    if (value == null) {
      throw new IllegalArgumentException("the route has no parameter {" + name + "}");
    }
    return value;
  }

  public Optional<String> queryParameter(String name) {
    return Optional.ofNullable(queryParameters.get(name));
  }

  /// @throws ApiProblem if the request lacks it
  public String requiredQueryParameter(String name) throws ApiProblem {
    String value = queryParameters.get(name);
    if (value == null) {
      throw new ApiProblem(ProblemCode.BAD_REQUEST, "the query parameter " + name + " is missing");
    }
    return value;
  }

  /// The body as it came; not copied.
  public byte[] body() {
    return body;
  }

  /// The body as JSON; an empty one is read as `{}`.
  ///
  /// @throws ApiProblem if it does not fit the type
  public <T> T body(Class<T> type) throws ApiProblem {
    try {
      return body.length == 0 ? JsonCodec.fromText("{}", type) : JsonCodec.fromBytes(body, type);
    } catch (IllegalArgumentException e) {
      throw new ApiProblem(ProblemCode.BAD_REQUEST, "the body: " + e.getMessage(), e);
    }
  }
}
