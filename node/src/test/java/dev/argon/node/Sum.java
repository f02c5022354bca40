package dev.argon.node;

import io.avaje.jsonb.Json;

/// A body as the processes exchange them.
@Json(naming = Json.Naming.LowerUnderscore)
public record Sum(long firstNumber, long secondNumber) {}
