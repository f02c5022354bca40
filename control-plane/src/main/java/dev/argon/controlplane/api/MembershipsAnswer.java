package dev.argon.controlplane.api;

import io.avaje.jsonb.Json;
import java.util.List;

/// Answer of `GET /control/v1/membership` and of a change of all timelines of a tenant.
@Json(naming = Json.Naming.LowerUnderscore)
public record MembershipsAnswer(List<MembershipDocument> memberships) {}
