package dev.argon.controlplane.endpoint;

import dev.argon.controlplane.branch.Branches;
import dev.argon.controlplane.branch.Projects;
import dev.argon.controlplane.branch.StorageNodes;
import dev.argon.controlplane.metadata.Branch;
import dev.argon.controlplane.metadata.Endpoint;
import dev.argon.controlplane.metadata.Membership;
import dev.argon.controlplane.metadata.Project;
import dev.argon.controlplane.metadata.StorageNode;
import dev.argon.controlplane.storage.PageserverClient;
import dev.argon.identity.NodeId;
import dev.argon.node.ApiProblem;
import dev.argon.node.HostPort;
import dev.argon.node.ProblemCode;
import dev.argon.quorum.MembershipConfiguration;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Writes the spec of a start from what the metadata says at that moment.
final class Specs {

  /// Neon's name for how much of the relation files may stay on the local disk.
  static final String FILE_CACHE_LIMIT = "neon.file_cache_size_limit";

  /// Whether a start brings back what was on the local disk at the last stop. Ours: PostgreSQL does
  /// not know it.
  static final String AUTOPREWARM = "neon.autoprewarm";

  private static final Pattern SIZE = Pattern.compile("(\\d{1,9})\\s*(MB|GB|TB)?");

  private final ComputeProgram program;
  private final Projects projects;
  private final Branches branches;
  private final StorageNodes nodes;

  Specs(ComputeProgram program, Projects projects, Branches branches, StorageNodes nodes) {
    this.program = program;
    this.projects = projects;
    this.branches = branches;
    this.nodes = nodes;
  }

  HostPort httpAddress(Endpoint endpoint) {
    return new HostPort(program.host(), endpoint.httpPort());
  }

  /// @param directory the start's own
  ComputeSpec of(Endpoint endpoint, Path directory) throws ApiProblem {
    Project project = projects.require(endpoint.projectId());
    Branch branch = branches.require(project.id(), endpoint.branchId());
    StorageNode pageserver = nodes.pageserverNode(project);
    MembershipConfiguration members = branches.membership(branch).configuration();
    SortedMap<String, String> settings = new TreeMap<>(endpoint.settings());
    String cacheLimit = settings.remove(FILE_CACHE_LIMIT);
    String autoprewarm = settings.remove(AUTOPREWARM);
    Object mode =
        switch (endpoint.role()) {
          case PRIMARY -> "Primary";
          case REPLICA -> "Replica";
          case STATIC -> Map.of("Static", endpoint.staticLsn());
        };
    return new ComputeSpec(
        ComputeSpec.FORMAT_VERSION,
        project.tenant().toString(),
        branch.timeline().toString(),
        project.id(),
        branch.id(),
        endpoint.id(),
        mode,
        pageserver.pgAddress().toString(),
        pageserver.httpAddress().httpUrl(),
        connectionStrings(endpoint, members),
        members.generation(),
        token(endpoint, project, branch),
        nodes.security().authorities().orElse(null),
        directory.toString(),
        new HostPort(program.host(), endpoint.pgPort()).toString(),
        httpAddress(endpoint).toString(),
        program.postgresBin().toString(),
        program.extensionLibrary(),
        project.owner().user(),
        branch.systemId(),
        project.pgVersion(),
        settings,
        cacheLimit == null ? null : megabytes(cacheLimit),
        program.objectStore().toString(),
        autoprewarm == null ? null : isOn(autoprewarm));
  }

  /// @throws ApiProblem if it is neither on nor off
  static boolean isOn(String text) throws ApiProblem {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "on", "true", "yes", "1" -> true;
      case "off", "false", "no", "0" -> false;
      default ->
          throw new ApiProblem(
              ProblemCode.REFUSED, AUTOPREWARM + " must be on or off, not " + text);
    };
  }

  /// Who shows the past has nothing to do with safekeepers.
  private @Nullable String token(Endpoint endpoint, Project project, Branch branch) {
    return switch (endpoint.role()) {
      case PRIMARY, REPLICA ->
          nodes.security().compute(project.tenant(), branch.timeline()).orElse(null);
      case STATIC -> null;
    };
  }

  /// For who writes, old and new members while they are exchanged: the compute learns from each of
  /// them which configuration is in force. Who reads asks those that have the WAL.
  private static List<String> connectionStrings(
      Endpoint endpoint, MembershipConfiguration members) {
    Collection<MembershipConfiguration.Member> used =
        switch (endpoint.role()) {
          case PRIMARY, STATIC -> members.all();
          case REPLICA -> members.members();
        };
    return used.stream()
        .map(member -> new HostPort(member.host(), member.pgPort()).toString())
        .toList();
  }

  /// @throws ApiProblem if it is no size
  static long megabytes(String text) throws ApiProblem {
    Matcher size = SIZE.matcher(text.strip());
    if (!size.matches()) {
      throw new ApiProblem(
          ProblemCode.REFUSED, FILE_CACHE_LIMIT + " must be a size like 512MB, not " + text);
    }
    long value = Long.parseLong(size.group(1));
    String unit = size.group(2) == null ? "MB" : size.group(2);
    return switch (unit) {
      case "TB" -> value << 20;
      case "GB" -> value << 10;
      default -> value;
    };
  }

  /// Whether the storage that a compute needs answers: a start without it would only fail.
  ///
  /// @throws ApiProblem naming what is away
  void checkStorage(Endpoint endpoint) throws ApiProblem {
    Project project = projects.require(endpoint.projectId());
    Branch branch = branches.require(project.id(), endpoint.branchId());
    StorageNode pageserver = nodes.pageserverNode(project);
    try {
      new PageserverClient(pageserver).status();
    } catch (IOException e) {
      throw away(pageserver.label() + ": " + e.getMessage(), e);
    }
    Membership membership = branches.membership(branch);
    Set<NodeId> answering = new HashSet<>();
    String lastError = "";
    for (NodeId member : membership.nodes()) {
      StorageNode node = nodes.safekeeperNode(member);
      try {
        nodes.safekeeper(member).status();
        answering.add(member);
      } catch (IOException e) {
        lastError = node.label() + ": " + e.getMessage();
      }
    }
    boolean enough =
        switch (endpoint.role()) {
          case PRIMARY, STATIC -> membership.configuration().isQuorum(answering);
          case REPLICA -> !answering.isEmpty();
        };
    if (!enough) {
      throw away("too few safekeepers answer, " + lastError, new IOException());
    }
  }

  private static ApiProblem away(String what, IOException cause) {
    return new ApiProblem(ProblemCode.UNAVAILABLE, what + "; bring it back with `argon up`", cause);
  }
}
