package dev.argon.controlplane.endpoint;

import dev.argon.controlplane.branch.Projects;
import dev.argon.controlplane.metadata.Branch;
import dev.argon.controlplane.metadata.Endpoint;
import dev.argon.node.ApiProblem;
import dev.argon.objectstore.DirectoryObjectStore;
import dev.argon.objectstore.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;

/// What computes keep of their endpoints in the object store, below the timeline's objects: it goes
/// with the endpoint, or else with the timeline.
final class KeptObjects {

  private final Path objectStore;
  private final Projects projects;

  /// @param objectStore its directory
  KeptObjects(Path objectStore, Projects projects) {
    this.objectStore = objectStore;
    this.projects = projects;
  }

  void delete(Endpoint endpoint, Branch branch) throws IOException, ApiProblem {
    ObjectStore objects = new DirectoryObjectStore(objectStore);
    String prefix =
        "tenants/"
            + projects.require(endpoint.projectId()).tenant()
            + "/timelines/"
            + branch.timeline()
            + "/endpoints/"
            + endpoint.id()
            + "/";
    for (ObjectStore.ObjectInfo info : objects.list(prefix)) {
      boolean _ = objects.delete(info.key());
    }
  }
}
