package dev.argon.safekeeper.api;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import dev.argon.node.Request;
import dev.argon.safekeeper.TimelineKey;
import java.util.function.Supplier;

/// What the routes have in common.
final class Paths {

  static final String TIMELINE = "/v1/tenant/{tenant}/timeline/{timeline}";

  private Paths() {}

  /// The timeline that the path names.
  static TimelineKey key(Request request) throws ApiProblem {
    return wellFormed(() ->
        new TimelineKey(
            TenantId.parse(request.pathParameter("tenant")),
            TimelineId.parse(request.pathParameter("timeline"))));
  }

  /// What is read from a request.
  ///
  /// @throws ApiProblem if reading throws IllegalArgumentException
  static <T> T wellFormed(Supplier<T> reading) throws ApiProblem {
    try {
      return reading.get();
    } catch (IllegalArgumentException e) {
      throw new ApiProblem(ProblemCode.BAD_REQUEST, String.valueOf(e.getMessage()), e);
    }
  }
}
