package dev.argon.node;

/// Answers one kind of request. Runs on a virtual thread and may block; it is interrupted when the
/// request's deadline has passed. An [ApiProblem] is answered as it says; any other exception is an
/// internal error and is logged.
@FunctionalInterface
public interface Handler {
  Response handle(Request request) throws Exception;
}
