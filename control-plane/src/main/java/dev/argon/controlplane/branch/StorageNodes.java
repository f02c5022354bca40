package dev.argon.controlplane.branch;

import dev.argon.controlplane.metadata.Branch;
import dev.argon.controlplane.metadata.NodeStore;
import dev.argon.controlplane.metadata.Project;
import dev.argon.controlplane.metadata.Safekeeper;
import dev.argon.controlplane.metadata.StorageNode;
import dev.argon.controlplane.storage.CommittedLsn;
import dev.argon.controlplane.storage.PageserverClient;
import dev.argon.controlplane.storage.SafekeeperClient;
import dev.argon.controlplane.storage.SafekeeperTimelineInfo;
import dev.argon.controlplane.storage.StorageSecurity;
import dev.argon.identity.NodeId;
import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.MembershipConfiguration;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The registered storage nodes, and the questions that several of them answer together.
public final class StorageNodes {

  private static final Logger LOG = System.getLogger(StorageNodes.class.getName());

  /// How many safekeepers keep a branch.
  public static final int SAFEKEEPERS = 3;

  /// The membership of a new branch.
  private static final int FIRST_GENERATION = 1;

  private static final Duration DECISION_TIMEOUT = Duration.ofSeconds(5);

  private final NodeStore nodes;
  private final StorageSecurity security;

  public StorageNodes(NodeStore nodes, StorageSecurity security) {
    this.nodes = nodes;
    this.security = security;
  }

  public StorageSecurity security() {
    return security;
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

  /// The safekeepers of a new branch: the active ones that keep the fewest.
  ///
  /// @throws ApiProblem if too few have registered
  MembershipConfiguration firstMembers() throws ApiProblem {
    List<Safekeeper> active =
        nodes.safekeepers().stream()
            .filter(Safekeeper::isActive)
            .sorted(Comparator.comparingInt(Safekeeper::timelines))
            .limit(SAFEKEEPERS)
            .toList();
    if (active.size() < SAFEKEEPERS) {
      throw new ApiProblem(
          ProblemCode.UNAVAILABLE,
          "there are only "
              + active.size()
              + " of "
              + SAFEKEEPERS
              + " safekeepers: run `argon up` or `argon safekeeper add`");
    }
    return new MembershipConfiguration(FIRST_GENERATION, membersOf(active), List.of());
  }

  /// As members, in the order of their ids.
  public static List<MembershipConfiguration.Member> membersOf(List<Safekeeper> safekeepers) {
    return safekeepers.stream()
        .map(Safekeeper::node)
        .sorted(Comparator.comparingLong(StorageNode::nodeId))
        .map(node ->
            new MembershipConfiguration.Member(
                new NodeId(node.nodeId()), node.pgAddress().host(), node.pgAddress().port()))
        .toList();
  }

  /// All safekeepers that have ever registered.
  public List<Safekeeper> safekeepers() {
    return nodes.safekeepers();
  }

  public StorageNode pageserverNode(Project project) throws ApiProblem {
    return node(StorageNode.Kind.PAGESERVER, project.pageserverId());
  }

  public PageserverClient pageserver(Project project) throws ApiProblem {
    return new PageserverClient(pageserverNode(project));
  }

  public StorageNode safekeeperNode(NodeId node) throws ApiProblem {
    return node(StorageNode.Kind.SAFEKEEPER, node.value());
  }

  public SafekeeperClient safekeeper(NodeId node) throws ApiProblem {
    return new SafekeeperClient(safekeeperNode(node), security);
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
  Lsn committedEnd(Project project, Branch branch, MembershipConfiguration members)
      throws ApiProblem, InterruptedException {
    return new Patience(DECISION_TIMEOUT)
        .until(
            "the safekeepers of branch " + branch.name(),
            () -> {
              Optional<CommittedLsn> view =
                  CommittedLsn.of(members, answers(project, branch, members));
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

  private Map<NodeId, SafekeeperTimelineInfo> answers(
      Project project, Branch branch, MembershipConfiguration members) {
    Map<NodeId, SafekeeperTimelineInfo> answers = new HashMap<>();
    for (MembershipConfiguration.Member member : members.all()) {
      try {
        answers.put(
            member.id(), safekeeper(member.id()).timeline(project.tenant(), branch.timeline()));
      } catch (IOException | ApiProblem e) {
        // What the rest can say is the arithmetic of CommittedLsn.
        LOG.log(
            Level.DEBUG,
            "safekeeper {0} does not answer: {1}",
            Long.toString(member.id().value()),
            e.getMessage());
      }
    }
    return answers;
  }
}
