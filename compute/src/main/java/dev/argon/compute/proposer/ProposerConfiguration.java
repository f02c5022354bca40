package dev.argon.compute.proposer;

import dev.argon.compute.spec.ComputeSpec;
import dev.argon.compute.spec.StorageSecurity;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.HostPort;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.quorum.ProposerSettings;
import dev.argon.quorum.SafekeeperAddress;
import dev.argon.quorum.ServerIdentity;
import java.util.List;

/// For whom a proposer works, and with which safekeepers it begins.
///
/// @param generation of the membership: no older one is campaigned with
/// @param server whose WAL it is
public record ProposerConfiguration(
    TenantId tenant,
    TimelineId timeline,
    List<HostPort> safekeepers,
    int generation,
    StorageSecurity security,
    ServerIdentity server) {

  /// `PG_VERSION_NUM` of a major version's first release.
  private static final int VERSIONS_PER_MAJOR = 10_000;

  public ProposerConfiguration {
    safekeepers = List.copyOf(safekeepers);
  }

  public static ProposerConfiguration of(ComputeSpec spec) {
    return new ProposerConfiguration(
        spec.tenant(),
        spec.timeline(),
        spec.storage().safekeepers(),
        spec.storage().safekeepersGeneration(),
        spec.storage().security(),
        new ServerIdentity(
            spec.postgres().majorVersion() * VERSIONS_PER_MAJOR,
            spec.systemId(),
            WalLayout.DEFAULT_SEGMENT_SIZE));
  }

  ProposerSettings settings() {
    List<SafekeeperAddress> addresses =
        safekeepers.stream().map(at -> new SafekeeperAddress(at.host(), at.port())).toList();
    return new ProposerSettings(tenant, timeline, server, addresses, generation);
  }
}
