package dev.argon.node;

/// A refused request. Thrown by a [Handler] it becomes an RFC 9457 problem document; the client
/// side throws it again when it reads one. The message says what, where and what to do next.
public final class ApiProblem extends Exception {

  private static final long serialVersionUID = 1;

  private final ProblemCode code;

  public ApiProblem(ProblemCode code, String message) {
    super(message);
    this.code = code;
  }

  public ApiProblem(ProblemCode code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public ProblemCode code() {
    return code;
  }

  /// The message; never absent.
  public String detail() {
    String message = getMessage();
    return message == null ? code.wireName() : message;
  }
}
