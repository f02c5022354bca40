package dev.argon.controlplane.branch;

import dev.argon.controlplane.metadata.Branch;
import dev.argon.controlplane.metadata.NodeStore;
import dev.argon.controlplane.metadata.Project;
import dev.argon.controlplane.metadata.StorageNode;
import dev.argon.controlplane.storage.CommittedLsn;
import dev.argon.controlplane.storage.PageserverClient;
import dev.argon.controlplane.storage.SafekeeperClient;
import dev.argon.controlplane.storage.SafekeeperTimelineInfo;
import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import dev.argon.postgres.Lsn;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The registered storage nodes, and the questions that several of them answer together.
public final class StorageNodes {

  private static final Logger LOG = System.getLogger(StorageNodes.class.getName());

  /// How many safekeepers keep a branch.
  static final int SAFEKEEPERS = 3;

  private static final Duration DECISION_TIMEOUT = Duration.ofSeconds(5);

  private final NodeStore nodes;

  public StorageNodes(NodeStore nodes) {
    this.nodes = nodes;
  }

  /// The pageserver of a new project.
  ///
  /// @throws ApiProblem if none has registered
  StorageNode anyPageserver() throws ApiProblem {
    return nodes.list(StorageNode.Kind.PAGESERVER).stream()
        .findFirst()
        .orElseThrow(() ->
            new ApiProblem(
                ProblemCode.UNAVAILABLE, "no pageserver has registered: run `argon up`"));
  }

  /// The safekeepers of a new branch.
  ///
  /// @throws ApiProblem if too few have registered
  List<Long> safekeepersForBranch() throws ApiProblem {
    List<StorageNode> all = nodes.list(StorageNode.Kind.SAFEKEEPER);
    if (all.size() < SAFEKEEPERS) {
      throw new ApiProblem(
          ProblemCode.UNAVAILABLE,
          "only "
              + all.size()
              + " of "
              + SAFEKEEPERS
              + " safekeepers have registered: run"
              + " `argon up`");
    }
    return all.stream().limit(SAFEKEEPERS).map(StorageNode::nodeId).toList();
  }

  public StorageNode pageserverNode(Project project) throws ApiProblem {
    return node(StorageNode.Kind.PAGESERVER, project.pageserverId());
  }

  public PageserverClient pageserver(Project project) throws ApiProblem {
    return new PageserverClient(pageserverNode(project));
  }

  public StorageNode safekeeper(long nodeId) throws ApiProblem {
    return node(StorageNode.Kind.SAFEKEEPER, nodeId);
  }

  private StorageNode node(StorageNode.Kind kind, long nodeId) throws ApiProblem {
    return nodes
        .find(kind, nodeId)
        .orElseThrow(() ->
            new ApiProblem(
                ProblemCode.UNAVAILABLE,
                kind.wireName() + " " + nodeId + " has not registered: run `argon up`"));
  }

  /// The end of a branch: at or after every commit that was acknowledged before the call.
  ///
  /// @throws ApiProblem if too few safekeepers answer to know it
  Lsn committedEnd(Project project, Branch branch, List<StorageNode> members)
      throws ApiProblem, InterruptedException {
    return new Patience(DECISION_TIMEOUT)
        .until(
            "the safekeepers of branch " + branch.name(),
            () -> {
              Optional<CommittedLsn> view =
                  CommittedLsn.of(members.size(), answers(project, branch, members));
              if (view.isEmpty()) {
                throw new IOException("fewer than a majority of safekeepers answer");
              }
              if (!view.get().isDecided()) {
                throw new IOException(
                    "it is not decided whether the last WAL is committed; bring all safekeepers"
                        + " back or start the endpoint");
              }
              return view.get().committed();
            });
  }

  private static List<SafekeeperTimelineInfo> answers(
      Project project, Branch branch, List<StorageNode> members) {
    List<SafekeeperTimelineInfo> answers = new ArrayList<>();
    for (StorageNode member : members) {
      try {
        answers.add(new SafekeeperClient(member).timeline(project.tenant(), branch.timeline()));
      } catch (IOException | ApiProblem e) {
        // What the rest can say is the arithmetic of CommittedLsn.
        LOG.log(Level.DEBUG, "{0} does not answer: {1}", member.label(), e.getMessage());
      }
    }
    return answers;
  }
}
