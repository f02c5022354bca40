package dev.argon.controlplane.membership;

import dev.argon.controlplane.metadata.Branch;
import dev.argon.node.ApiProblem;
import dev.argon.quorum.MembershipConfiguration;
import java.io.IOException;

/// Tells the computes that write to a branch who its safekeepers are.
@FunctionalInterface
public interface ComputeNotice {

  /// @throws IOException if one of them runs and cannot be told
  void tell(Branch branch, MembershipConfiguration configuration) throws IOException, ApiProblem;
}
