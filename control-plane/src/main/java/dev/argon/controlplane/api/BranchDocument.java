package dev.argon.controlplane.api;

import dev.argon.controlplane.metadata.Branch;
import io.avaje.jsonb.Json;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A branch as users see it.
///
/// @param parentLsn where it begins: the end of a record
/// @param parentTimestamp the time that was asked for
/// @param requestedLsn ours: the LSN that was asked for, before it was rounded down to `parent_lsn`
/// @param timelineId ours: what storage calls it
@Json(naming = Json.Naming.LowerUnderscore)
public record BranchDocument(
    String id,
    String projectId,
    @Nullable String parentId,
    @Nullable String parentLsn,
    @Nullable String parentTimestamp,
    @Nullable String requestedLsn,
    String name,
    String currentState,
    @Json.Property("default") boolean isDefault,
    String timelineId,
    String startLsn,
    String createdAt) {

  static BranchDocument of(Branch branch) {
    Optional<Branch.Origin> origin = branch.origin();
    return new BranchDocument(
        branch.id(),
        branch.projectId(),
        origin.map(Branch.Origin::parentId).orElse(null),
        origin.map(Branch.Origin::lsn).filter(lsn -> !lsn.isEmpty()).orElse(null),
        origin.map(Branch.Origin::timestamp).filter(time -> !time.isEmpty()).orElse(null),
        origin.map(Branch.Origin::requestedLsn).filter(lsn -> !lsn.isEmpty()).orElse(null),
        branch.name(),
        branch.state().wireName(),
        branch.isDefault(),
        branch.timeline().toString(),
        branch.startLsn(),
        branch.createdAt());
  }
}
