package dev.argon.controlplane.api;

import dev.argon.controlplane.metadata.Branch;
import dev.argon.controlplane.metadata.Membership;
import dev.argon.controlplane.storage.MemberDocument;
import dev.argon.identity.NodeId;
import io.avaje.jsonb.Json;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which safekeepers keep a timeline.
///
/// @param newMembers absent if no change is under way
/// @param waitingFor members that have not confirmed this generation yet
/// @param leaving nodes that have yet to be told to forget the timeline
/// @param problem why the change does not go on; absent if it does, or there is none
@Json(naming = Json.Naming.LowerUnderscore)
public record MembershipDocument(
    String tenantId,
    String timelineId,
    String projectId,
    String branchId,
    String branchName,
    int generation,
    List<MemberDocument> members,
    @Nullable List<MemberDocument> newMembers,
    List<Long> waitingFor,
    List<Long> leaving,
    @Nullable String problem) {

  static MembershipDocument of(String tenantId, Branch branch, Membership now, String problem) {
    return new MembershipDocument(
        tenantId,
        branch.timeline().toString(),
        branch.projectId(),
        branch.id(),
        branch.name(),
        now.generation(),
        MemberDocument.of(now.configuration().members()),
        now.isJoint() ? MemberDocument.of(now.configuration().newMembers()) : null,
        now.nodes().stream().filter(node -> !now.told().contains(node)).map(NodeId::value).toList(),
        now.leaving().stream().map(NodeId::value).sorted(Comparator.naturalOrder()).toList(),
        problem.isEmpty() ? null : problem);
  }
}
