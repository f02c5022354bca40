package dev.argon.compute.spec;

import dev.argon.node.HostPort;
import java.util.List;

/// Where the pages and the WAL of the timeline are kept.
///
/// @param safekeepersGeneration of the membership the list of safekeepers belongs to
public record StorageAddresses(
    HostPort pageserver,
    List<HostPort> safekeepers,
    int safekeepersGeneration,
    StorageSecurity security) {

  public StorageAddresses {
    safekeepers = List.copyOf(safekeepers);
  }
}
