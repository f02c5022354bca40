package dev.argon.controlplane.storage;

import io.avaje.jsonb.Json;
import java.util.List;

/// Body of `PUT .../safekeepers` of a pageserver.
@Json(naming = Json.Naming.LowerUnderscore)
public record MembersRequest(int generation, List<MemberDocument> members) {}
