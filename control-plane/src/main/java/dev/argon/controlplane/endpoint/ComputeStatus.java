package dev.argon.controlplane.endpoint;

import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a compute says of itself in `GET /status`.
///
/// @param postgresPid the postmaster's; 0 if it does not run
/// @param status `init`, `running`, `termination-pending`, `terminated` or `failed`
/// @param reasons what it waits for, or what it lacks
/// @param replayLsn how far a replica has replayed; absent before it does, and of others
/// @param awaitsSnapshot whether a replica that is starting waits for WAL that tells which
///   transactions run
@Json(naming = Json.Naming.LowerUnderscore)
public record ComputeStatus(
    @Nullable String status,
    @Nullable List<String> reasons,
    @Nullable String error,
    long postgresPid,
    @Nullable String replayLsn,
    boolean awaitsSnapshot) {

  /// What it waits for, in a sentence; empty if it does not say.
  String waitsFor() {
    return reasons == null ? "" : String.join("; ", reasons);
  }
}
