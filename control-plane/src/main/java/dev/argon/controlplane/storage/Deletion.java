package dev.argon.controlplane.storage;

import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import java.io.IOException;

/// What is gone already is deleted.
final class Deletion {

  private Deletion() {}

  @FunctionalInterface
  interface Request {
    Object send() throws IOException, ApiProblem;
  }

  static void tolerantly(Request request) throws IOException, ApiProblem {
    try {
      Object _ = request.send();
    } catch (ApiProblem problem) {
      if (problem.code() != ProblemCode.NOT_FOUND) {
        throw problem;
      }
    }
  }
}
