package dev.argon.node;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// The body of an error answer (RFC 9457), media type `application/problem+json`.
@Json
record ProblemDocument(
    @Nullable String type,
    @Nullable String title,
    int status,
    @Nullable String detail,
    @Nullable String code) {

  static final String MEDIA_TYPE = "application/problem+json";

  static ProblemDocument of(ApiProblem problem) {
    ProblemCode code = problem.code();
    return new ProblemDocument(
        "about:blank",
        code.wireName().replace('_', ' '),
        code.status(),
        problem.detail(),
        code.wireName());
  }
}
