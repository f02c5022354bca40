package dev.argon.safekeeper.api;

import io.avaje.jsonb.Json;

/// What `DELETE` and `exclude` answer.
///
/// @param dirExisted whether the timeline was here
@Json(naming = Json.Naming.LowerUnderscore)
public record DeletionAnswer(boolean dirExisted) {}
