package dev.argon.controlplane.branch;

import dev.argon.controlplane.metadata.Branch;
import dev.argon.controlplane.metadata.BranchStore;
import dev.argon.controlplane.metadata.LifeState;
import dev.argon.controlplane.metadata.Membership;
import dev.argon.controlplane.metadata.MembershipStore;
import dev.argon.controlplane.metadata.Project;
import dev.argon.controlplane.metadata.ProjectStore;
import dev.argon.controlplane.storage.LsnByTimestamp;
import dev.argon.controlplane.storage.MemberDocument;
import dev.argon.controlplane.storage.PageserverClient;
import dev.argon.controlplane.storage.SafekeeperTimelineRequest;
import dev.argon.controlplane.storage.TimelineInfo;
import dev.argon.controlplane.storage.TimelineRequest;
import dev.argon.identity.NodeId;
import dev.argon.node.ApiProblem;
import dev.argon.node.ProblemCode;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.MembershipConfiguration;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/// The series of requests that makes a branch's timeline, from whatever point it stopped at last
/// time:
///
/// 1. for a project's first branch, attach the tenant;
/// 2. resolve the point in the parent to an LSN, once, and write it down;
/// 3. make the timeline on the pageserver (initdb, or a branch), which says where its WAL begins;
/// 4. make it on the safekeepers, a majority at least, beginning there;
/// 5. tell the pageserver who the safekeepers are.
final class TimelineCreation {

  private static final Logger LOG = System.getLogger(TimelineCreation.class.getName());

  private static final Duration STEP_TIMEOUT = Duration.ofSeconds(60);

  /// Clusters made by Argon have PostgreSQL's default segment size.
  private static final int WAL_SEGMENT_BYTES = 16 << 20;

  private final StorageNodes nodes;
  private final ProjectStore projects;
  private final BranchStore branches;
  private final MembershipStore memberships;

  TimelineCreation(StorageNodes nodes, Branches.Stores stores) {
    this.nodes = nodes;
    this.projects = stores.projects();
    this.branches = stores.branches();
    this.memberships = stores.memberships();
  }

  /// Makes the timeline; the branch is `ready` when this returns.
  void run(String branchId) throws ApiProblem, InterruptedException {
    Branch branch = require(branchId);
    Project project =
        projects
            .find(branch.projectId())
            .orElseThrow(
                () -> new ApiProblem(ProblemCode.NOT_FOUND, "no project " + branch.projectId()));
    PageserverClient pageserver = nodes.pageserver(project);
    TimelineInfo info =
        branch.origin().isPresent()
            ? branchOff(project, branch, branch.origin().get(), pageserver)
            : bootstrap(project, branch, pageserver);
    String startLsn = info.ancestorLsn() == null ? info.lastRecordLsn() : info.ancestorLsn();
    String systemId = systemId(branch, info);
    branches.setStart(branchId, startLsn, systemId);
    makeOnSafekeepers(project, require(branchId));
    tellPageserver(project, require(branchId), pageserver);
    branches.setState(branchId, LifeState.READY);
  }

  private Branch require(String id) throws ApiProblem {
    return branches
        .find(id)
        .orElseThrow(() -> new ApiProblem(ProblemCode.NOT_FOUND, "no branch " + id));
  }

  /// The pageserver may have come back under a new generation since the project was read.
  private long currentGeneration(Project project) {
    return projects.find(project.id()).map(Project::generation).orElse(project.generation());
  }

  private TimelineInfo bootstrap(Project project, Branch branch, PageserverClient pageserver)
      throws ApiProblem, InterruptedException {
    new Patience(STEP_TIMEOUT)
        .until(
            "the pageserver",
            () -> {
              pageserver.attach(project.tenant(), currentGeneration(project));
              return true;
            });
    TimelineRequest.Bootstrap bootstrap =
        new TimelineRequest.Bootstrap(
            project.locale(), project.owner().user(), project.owner().password());
    return new Patience(STEP_TIMEOUT)
        .until(
            "the pageserver",
            () ->
                pageserver.bootstrap(
                    project.tenant(), branch.timeline(), project.pgVersion(), bootstrap));
  }

  private TimelineInfo branchOff(
      Project project, Branch branch, Branch.Origin origin, PageserverClient pageserver)
      throws ApiProblem, InterruptedException {
    Branch parent = require(origin.parentId());
    String lsn = origin.requestedLsn();
    if (lsn.isEmpty()) {
      lsn = resolve(project, parent, origin.timestamp(), pageserver);
      branches.setRequestedLsn(branch.id(), lsn);
    }
    String startLsn = lsn;
    awaitIngested(project, parent, Lsn.parse(startLsn), origin, pageserver);
    return new Patience(STEP_TIMEOUT)
        .until(
            "the pageserver",
            () ->
                pageserver.branch(
                    project.tenant(),
                    branch.timeline(),
                    project.pgVersion(),
                    parent.timeline(),
                    startLsn));
  }

  /// The LSN of a time, or of the parent's end.
  private String resolve(
      Project project, Branch parent, String timestamp, PageserverClient pageserver)
      throws ApiProblem, InterruptedException {
    Lsn end = nodes.committedEnd(project, parent, configuration(parent));
    if (timestamp.isEmpty()) {
      return end.toString();
    }
    // The time may lie in WAL that the pageserver has not seen yet.
    awaitLastRecord(project, parent, end, pageserver);
    LsnByTimestamp found =
        new Patience(STEP_TIMEOUT)
            .until(
                "the pageserver",
                () -> pageserver.lsnByTimestamp(project.tenant(), parent.timeline(), timestamp));
    String kind = found.kind() == null ? "" : found.kind();
    return switch (kind) {
      case "present" -> found.lsn() == null ? end.toString() : found.lsn();
      case "future" -> end.toString();
      case "past" ->
          throw new ApiProblem(
              ProblemCode.OUT_OF_RANGE,
              timestamp
                  + " is before the first commit that branch "
                  + parent.name()
                  + " remembers: choose a later time");
      default ->
          throw new ApiProblem(
              ProblemCode.OUT_OF_RANGE,
              "branch "
                  + parent.name()
                  + " has no commit to find "
                  + timestamp
                  + " by: choose an LSN");
    };
  }

  /// An LSN from the user may lie behind the parent's end; the end itself only has to be ingested.
  private void awaitIngested(
      Project project, Branch parent, Lsn lsn, Branch.Origin origin, PageserverClient pageserver)
      throws ApiProblem, InterruptedException {
    boolean fromUser = origin.timestamp().isEmpty() && !origin.requestedLsn().isEmpty();
    if (fromUser) {
      Lsn end = nodes.committedEnd(project, parent, configuration(parent));
      if (lsn.isAfter(end)) {
        throw new ApiProblem(
            ProblemCode.OUT_OF_RANGE,
            lsn
                + " is behind the end of branch "
                + parent.name()
                + ", "
                + end
                + ": choose one at or before it");
      }
    }
    awaitLastRecord(project, parent, lsn, pageserver);
  }

  private void awaitLastRecord(Project project, Branch parent, Lsn lsn, PageserverClient pageserver)
      throws ApiProblem, InterruptedException {
    new Patience(STEP_TIMEOUT)
        .until(
            "the pageserver",
            () -> {
              TimelineInfo info =
                  pageserver
                      .timeline(project.tenant(), parent.timeline())
                      .orElseThrow(() -> new IOException("it has not loaded " + parent.name()));
              Lsn last = Lsn.parse(info.lastRecordLsn());
              if (last.isBefore(lsn)) {
                throw new IOException("it has ingested up to " + last + ", not " + lsn);
              }
              return last;
            });
  }

  private String systemId(Branch branch, TimelineInfo info) throws ApiProblem {
    if (!info.systemIdText().isEmpty()) {
      return info.systemIdText();
    }
    if (branch.origin().isPresent()) {
      return require(branch.origin().get().parentId()).systemId();
    }
    throw new ApiProblem(
        ProblemCode.INTERNAL,
        "the pageserver did not say the system identifier of the new cluster");
  }

  private void makeOnSafekeepers(Project project, Branch branch)
      throws ApiProblem, InterruptedException {
    new Patience(STEP_TIMEOUT)
        .until(
            "a majority of safekeepers",
            () -> {
              String lastError = "";
              Membership membership = memberships.require(branch.id());
              Set<NodeId> created = new HashSet<>(membership.created());
              for (NodeId node : membership.nodes()) {
                try {
                  if (!created.contains(node)) {
                    makeOn(project, branch, node, membership.configuration());
                  }
                  created.add(node);
                } catch (IOException e) {
                  lastError = String.valueOf(e.getMessage());
                }
              }
              if (!membership.configuration().isQuorum(created)) {
                throw new IOException(lastError);
              }
              return created;
            });
  }

  private void makeOn(
      Project project, Branch branch, NodeId node, MembershipConfiguration configuration)
      throws IOException, ApiProblem {
    SafekeeperTimelineRequest request =
        new SafekeeperTimelineRequest(
            branch.startLsn(),
            project.pgVersion(),
            Long.parseUnsignedLong(branch.systemId()),
            WAL_SEGMENT_BYTES,
            configuration.generation(),
            MemberDocument.of(configuration.members()));
    nodes.safekeeper(node).create(project.tenant(), branch.timeline(), request);
    memberships.setCreated(branch.id(), node, configuration.generation());
  }

  private void tellPageserver(Project project, Branch branch, PageserverClient pageserver)
      throws ApiProblem, InterruptedException {
    MembershipConfiguration members = configuration(branch);
    new Patience(STEP_TIMEOUT)
        .until(
            "the pageserver",
            () -> {
              pageserver.setSafekeepers(project.tenant(), branch.timeline(), members);
              return true;
            });
  }

  private MembershipConfiguration configuration(Branch branch) {
    return memberships.require(branch.id()).configuration();
  }

  /// Tells safekeepers that were away when their branches were made. For a background thread.
  void completeMembers() {
    for (MembershipStore.Missing missing : memberships.missing()) {
      try {
        Branch branch = require(missing.branchId());
        Project project = projects.find(branch.projectId()).orElseThrow();
        makeOn(project, branch, missing.node(), configuration(branch));
        LOG.log(Level.INFO, "safekeeper {0} now holds branch {1}", missing.node(), branch.name());
      } catch (IOException | ApiProblem e) {
        LOG.log(Level.DEBUG, "safekeeper {0} is still away: {1}", missing.node(), e.getMessage());
      }
    }
  }
}
