package dev.argon.controlplane.storage;

import io.avaje.jsonb.Json;
import java.util.List;

/// Body of `POST /v1/tenant/{t}/timeline/{tl}` of a safekeeper.
///
/// @param startLsn the end of the last record before the timeline's own WAL
@Json(naming = Json.Naming.LowerUnderscore)
public record SafekeeperTimelineRequest(
    String startLsn,
    int pgVersion,
    long systemId,
    int walSegSize,
    int generation,
    List<MemberDocument> members) {}
