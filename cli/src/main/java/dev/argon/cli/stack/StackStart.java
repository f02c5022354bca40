package dev.argon.cli.stack;

import dev.argon.cli.CliException;
import dev.argon.cli.api.ControlPlaneClient;
import dev.argon.controlplane.api.SafekeeperDocument;
import dev.argon.node.ApiProblem;
import dev.argon.node.DirectoryLock;
import dev.argon.node.HostPort;
import dev.argon.node.ProcessFile;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// Brings a stack up: makes the data directory if it is new, starts what does not run, registers
/// the storage nodes. What runs is left alone.
public final class StackStart {

  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final int PORTS_USED = 20;
  private static final int PORT_MAX = 65535;

  private final StackDirectory directory;
  private final ProcessUser user;

  public StackStart(StackDirectory directory, ProcessUser user) {
    this.directory = directory;
    this.user = user;
  }

  /// What the user asked for; empty means as it is, or the default.
  public record Wish(OptionalInt portBase, Optional<String> locale) {}

  /// A stack that runs.
  ///
  /// @param started how many processes had to be started
  public record Up(StackFile stack, int started) {}

  /// Makes the directory and takes its lock: to be held until the stack is up.
  public DirectoryLock prepare() throws IOException, InterruptedException, CliException {
    if (!Files.isDirectory(directory.path())) {
      Files.createDirectories(directory.path());
      Files.setPosixFilePermissions(directory.path(), PosixFilePermissions.fromString("rwx------"));
    }
    Optional<StackFile> known = directory.read();
    DirectoryLock lock = directory.lock();
    if (known.isEmpty()) {
      user.give(directory.path());
    }
    user.checkReach(directory.path());
    return lock;
  }

  /// Starts what is missing.
  public Up run(Wish wish) throws IOException, InterruptedException, CliException, ApiProblem {
    StackFile decided = decide(wish);
    checkPorts(missing(ProcessPlan.all(decided)));
    for (Path part :
        List.of(
            directory.objectStore(),
            directory.endpoints(),
            directory.runtimes(),
            directory.path().resolve("logs"))) {
      Files.createDirectories(part);
      user.give(part);
    }
    JavaCommand java =
        new JavaCommand(Distribution.current().install(directory.runtimes()), directory.path());
    java.checkExtension();
    directory.write(decided);
    makeKeys(decided);
    int started = start(decided, java, ProcessPlan.Kind.CONTROL_PLANE);
    ControlPlaneClient controlPlane =
        new ControlPlaneClient(ProcessPlan.all(decided).getFirst().http());
    StackFile stack = withoutDecommissioned(decided, controlPlane);
    List<ProcessPlan> plans = ProcessPlan.all(stack);
    for (ProcessPlan plan : plans) {
      if (plan.kind() != ProcessPlan.Kind.CONTROL_PLANE) {
        controlPlane.registerNode(plan.kind().wireName(), plan.nodeId(), plan.pg(), plan.http());
      }
    }
    started += start(stack, java, ProcessPlan.Kind.SAFEKEEPER, ProcessPlan.Kind.PAGESERVER);
    controlPlane.releaseEndpoints();
    deleteUnusedRuntimes(java.runtime(), plans);
    return new Up(stack, started);
  }

  /// Processes that run have none, and would not be let in by those that are started with them. So
  /// a stack that was made before there were keys gets them when all of it starts.
  private void makeKeys(StackFile stack) throws IOException {
    StackKeys keys = new StackKeys(directory);
    List<ProcessPlan> plans = ProcessPlan.all(stack);
    if (!keys.exist()
        && missing(plans).size() == plans.size()
        && new EndpointProcesses(directory).live().isEmpty()) {
      keys.make(directory, user);
    }
  }

  /// A command that took a safekeeper out of use may have ended before it said so in the stack's
  /// file; the control plane knows.
  private StackFile withoutDecommissioned(StackFile decided, ControlPlaneClient controlPlane)
      throws IOException, ApiProblem, InterruptedException {
    StackFile stack = decided;
    for (SafekeeperDocument safekeeper : controlPlane.safekeepers()) {
      boolean used = stack.used().stream().anyMatch(place -> place.id() == safekeeper.id());
      if (used && safekeeper.schedulingPolicy().equals(SafekeeperDocument.DECOMMISSIONED)) {
        stack = new StackSafekeepers(directory, user).forget(stack, safekeeper.id());
      }
    }
    return stack;
  }

  private StackFile decide(Wish wish) throws IOException, CliException {
    Optional<StackFile> known = directory.read();
    StackFile stack =
        known.orElseGet(() ->
            StackFile.first(
                wish.portBase().orElse(StackFile.PORT_BASE_DEFAULT),
                wish.locale().orElse(StackFile.LOCALE_DEFAULT)));
    int portBase = wish.portBase().orElse(stack.portBase());
    if (portBase < 1 || portBase > PORT_MAX - 2 * PORTS_USED) {
      throw new CliException("--port-base " + portBase + ": choose one between 1024 and 65000");
    }
    if (wish.locale().isPresent() && !wish.locale().get().equals(stack.locale())) {
      throw new CliException(
          "the stack was made with locale " + stack.locale() + ": that cannot be changed");
    }
    if (portBase != stack.portBase()) {
      for (StackProcess process : processes(ProcessPlan.all(stack))) {
        if (process.live().isPresent()) {
          throw new CliException(
              "the stack runs with --port-base " + stack.portBase() + ": `argon down` first");
        }
      }
      throw new CliException(
          "the stack was made with --port-base "
              + stack.portBase()
              + " and its endpoints have ports from there: leave the option away");
    }
    return stack.completed();
  }

  private List<StackProcess> processes(List<ProcessPlan> plans) {
    return plans.stream().map(plan -> new StackProcess(directory, plan)).toList();
  }

  private List<StackProcess> missing(List<ProcessPlan> plans) throws IOException {
    List<StackProcess> missing = new ArrayList<>();
    for (StackProcess process : processes(plans)) {
      if (process.live().isEmpty()) {
        missing.add(process);
      }
    }
    return missing;
  }

  /// Before anything is started: one clear error is better than half a stack.
  private static void checkPorts(List<StackProcess> missing) throws CliException {
    for (StackProcess process : missing) {
      for (HostPort address : process.plan().addresses().values()) {
        if (!isFree(address)) {
          throw new CliException(
              "port "
                  + address.port()
                  + ", needed for "
                  + process.plan().name()
                  + ", is taken by another program: stop it or choose another --port-base");
        }
      }
    }
  }

  static boolean isFree(HostPort address) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(address.toSocketAddress());
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /// Starts those of some kinds that do not run.
  ///
  /// @return how many
  private int start(StackFile stack, JavaCommand java, ProcessPlan.Kind... kinds)
      throws IOException, InterruptedException, CliException {
    List<StackProcess> missing =
        missing(
            ProcessPlan.all(stack).stream()
                .filter(plan -> List.of(kinds).contains(plan.kind()))
                .toList());
    startAll(stack, java, missing);
    return missing.size();
  }

  /// Starts one process and waits until it answers.
  void startOne(StackFile stack, JavaCommand java, ProcessPlan plan)
      throws IOException, InterruptedException, CliException {
    startAll(stack, java, List.of(new StackProcess(directory, plan)));
  }

  private void startAll(StackFile stack, JavaCommand java, List<StackProcess> processes)
      throws IOException, InterruptedException, CliException {
    record Started(StackProcess process, Process handle) {}
    new StackKeys(directory).checkNotLost(directory);
    ProcessConfigs configs =
        new ProcessConfigs(directory, stack, ProcessPlan.all(stack), java, user);
    List<Started> started = new ArrayList<>();
    for (StackProcess process : processes) {
      ProcessPlan plan = process.plan();
      List<String> command = java.command(plan.jvmOptions(), plan.kind().mainClass());
      started.add(new Started(process, process.start(command, configs.write(plan), user)));
    }
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    for (Started each : started) {
      each.process().awaitReady(each.handle(), deadline);
    }
  }

  private void deleteUnusedRuntimes(Path current, List<ProcessPlan> plans) throws IOException {
    Set<Path> used = new HashSet<>();
    used.add(current);
    for (StackProcess process : processes(plans)) {
      process.live().map(ProcessFile::runtime).map(Path::of).ifPresent(used::add);
    }
    used.addAll(new EndpointProcesses(directory).liveRuntimes());
    Distribution.deleteUnused(directory.runtimes(), used);
  }
}
