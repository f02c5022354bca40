package dev.argon.compute;

import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `GET /status`.
///
/// @param status one of [ComputeState.Phase], lower case with hyphens
/// @param health `ok`, `degraded` or `failed`
/// @param reasons why the health is not `ok`
/// @param error why it failed, or absent
/// @param startTime RFC 3339
/// @param commitLsn what the quorum has
/// @param receivedLsn what PostgreSQL has sent to the proposer, or a replica has received
/// @param bootLsn where PostgreSQL went on from
/// @param replayLsn up to here a replica shows what was committed
/// @param awaitsSnapshot whether a replica that is starting has applied all that it has, and waits
///   for WAL that says which transactions run
@Json(naming = Json.Naming.LowerUnderscore)
public record ComputeStatus(
    String status,
    String health,
    List<String> reasons,
    @Nullable String error,
    String startTime,
    String tenant,
    String timeline,
    String mode,
    long term,
    long pid,
    long postgresPid,
    @Nullable String commitLsn,
    @Nullable String receivedLsn,
    @Nullable String bootLsn,
    @Nullable String replayLsn,
    boolean awaitsSnapshot) {}
