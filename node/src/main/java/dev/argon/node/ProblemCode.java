package dev.argon.node;

import java.util.Locale;

/// Why a request was refused: the one list of codes, each with its HTTP status.
public enum ProblemCode {
  /// The request cannot be understood or a value in it is wrong; asking again is useless.
  BAD_REQUEST(400),
  /// A token is needed, or the one that came is not valid.
  UNAUTHORIZED(401),
  /// The token is valid but not for this.
  FORBIDDEN(403),
  NOT_FOUND(404),
  METHOD_NOT_ALLOWED(405),
  /// The LSN or time asked for is outside what is kept.
  OUT_OF_RANGE(406),
  /// It exists with other properties, or something that depends on it stands in the way.
  CONFLICT(409),
  /// It is not in the state the request needs.
  PRECONDITION_FAILED(412),
  BODY_TOO_LARGE(413),
  /// A setting or value that is refused on purpose.
  REFUSED(422),
  /// Another operation holds it; ask again later.
  LOCKED(423),
  INTERNAL(500),
  /// Not ready or something it needs is away; ask again later.
  UNAVAILABLE(503),
  DEADLINE_EXCEEDED(504);

  private final int status;

  ProblemCode(int status) {
    this.status = status;
  }

  /// The HTTP status.
  public int status() {
    return status;
  }

  /// The code on the wire: lower case with underscores.
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The code of an answer; an unknown name is judged by its HTTP status.
  public static ProblemCode fromWire(String name, int httpStatus) {
    for (ProblemCode code : values()) {
      if (code.wireName().equals(name)) {
        return code;
      }
    }
    for (ProblemCode code : values()) {
      if (code.status == httpStatus) {
        return code;
      }
    }
    return httpStatus >= 500 ? INTERNAL : BAD_REQUEST;
  }
}
