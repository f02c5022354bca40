package dev.argon.it.stack;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/// One request to a process of the stack.
public final class Http {

  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private Http() {}

  /// The body of the answer, which must be of the 200s. With the token of the stack's storage
  /// nodes, if there is one.
  public static String send(String method, String uri, String body) {
    HttpResponse<String> response =
        answer(method, uri, body, Stack.storageToken(URI.create(uri).getPort()));
    if (response.statusCode() / 100 != 2) {
      throw new AssertionError(
          "%s %s: %d %s".formatted(method, uri, response.statusCode(), response.body()));
    }
    return response.body();
  }

  /// Whatever is answered.
  ///
  /// @param token empty for none
  public static HttpResponse<String> answer(String method, String uri, String body, String token) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(uri))
            .timeout(Duration.ofSeconds(30))
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    try {
      return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(method + " " + uri, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted: " + uri, e);
    }
  }
}
