package dev.argon.pageserver.timeline;

import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The safekeepers of a timeline, as the control plane has said last.
///
/// @param generation of the membership; a smaller one than what is known is refused
@Json(naming = Json.Naming.LowerUnderscore)
public record Membership(long generation, @Nullable List<Member> members) {

  /// One safekeeper.
  @Json(naming = Json.Naming.LowerUnderscore)
  public record Member(long id, String host, int pgPort) {}

  /// Nobody yet.
  public static final Membership NONE = new Membership(0, List.of());

  public List<Member> memberList() {
    return members == null ? List.of() : members;
  }
}
