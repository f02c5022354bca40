package dev.argon.node;

import java.util.Map;
import java.util.Optional;

/// Decides whether a request may be made, before its body is read.
@FunctionalInterface
public interface RequestGuard {

  /// Lets everybody do everything: for loopback.
  RequestGuard OPEN = head -> {};

  /// What is known of a request.
  ///
  /// @param parameters the parts of the path that matched the route's `{names}`
  /// @param token of `Authorization: Bearer`
  record Head(String method, String path, Map<String, String> parameters, Optional<String> token) {}

  /// @throws ApiProblem [ProblemCode#UNAUTHORIZED] or [ProblemCode#FORBIDDEN] if it may not
  void check(Head head) throws ApiProblem;
}
