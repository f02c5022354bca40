package dev.argon.cli.stack;

import dev.argon.cli.api.ControlPlaneClient;
import dev.argon.controlplane.api.EndpointDocument;
import dev.argon.controlplane.api.MembershipDocument;
import dev.argon.controlplane.endpoint.ComputeStatus;
import dev.argon.node.ApiProblem;
import dev.argon.node.HostPort;
import dev.argon.node.HttpJsonClient;
import dev.argon.node.ProcessFile;
import dev.argon.node.ProcessStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Asks every process of a stack how it is, all at once; those that do not answer are reported too.
public final class StatusQuery {

  private static final Duration TIMEOUT = Duration.ofSeconds(3);

  private static final String ONE_DISK =
      "the safekeepers keep their WAL on one disk: that protects against crashes, not against"
          + " losing the disk";

  private final StackDirectory directory;
  private final StackFile stack;

  public StatusQuery(StackDirectory directory, StackFile stack) {
    this.directory = directory;
    this.stack = stack;
  }

  public StackStatus run() throws IOException, InterruptedException {
    List<ProcessReport> reports = new ArrayList<>();
    List<MembershipDocument> memberships;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<List<ProcessReport>>> answers = new ArrayList<>();
      List<ProcessPlan> plans = ProcessPlan.all(stack);
      for (ProcessPlan plan : plans) {
        answers.add(threads.submit(() -> List.of(storage(plan))));
      }
      Future<List<MembershipDocument>> members =
          threads.submit(() -> memberships(plans.getFirst()));
      Optional<List<EndpointDocument>> endpoints = endpoints(plans.getFirst());
      if (endpoints.isPresent()) {
        for (EndpointDocument endpoint : endpoints.get()) {
          answers.add(threads.submit(() -> endpoint(endpoint)));
        }
      } else {
        for (EndpointProcesses.Live live : new EndpointProcesses(directory).live()) {
          answers.add(threads.submit(() -> List.of(compute(live))));
        }
      }
      for (Future<List<ProcessReport>> answer : answers) {
        reports.addAll(answer.get());
      }
      memberships = members.get();
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    }
    return new StackStatus(
        directory.path().toString(),
        stack.formatVersion(),
        InstalledServer.version(stack.pgVersion()),
        List.of(ONE_DISK),
        memberships,
        reports);
  }

  private ProcessReport storage(ProcessPlan plan) throws IOException {
    Map<String, String> addresses = new TreeMap<>();
    plan.addresses().forEach((purpose, address) -> addresses.put(purpose, address.toString()));
    String own = directory.process(plan.name()).toString();
    Optional<ProcessFile> live = new StackProcess(directory, plan).live();
    if (live.isEmpty()) {
      return new ProcessReport(
          plan.kind().wireName(),
          plan.name(),
          0,
          addresses,
          own,
          ProcessReport.DOWN,
          List.of("it does not run: bring it back with `argon up`"),
          List.of());
    }
    return asked(
        () -> client(plan),
        new ProcessReport(
            plan.kind().wireName(),
            plan.name(),
            live.get().pid(),
            addresses,
            own,
            ProcessStatus.FAILED,
            List.of(),
            List.of()));
  }

  /// No token: all may know how it is.
  private HttpJsonClient client(ProcessPlan plan) throws IOException {
    HttpJsonClient http = new HttpJsonClient(plan.http(), TIMEOUT);
    return plan.kind() == ProcessPlan.Kind.SAFEKEEPER
        ? http.withSecurity(new StackTls(directory).client())
        : http;
  }

  /// How a process is reached.
  @FunctionalInterface
  private interface Way {
    HttpJsonClient client() throws IOException;
  }

  private static ProcessReport asked(HostPort http, ProcessReport silent) {
    return asked(() -> new HttpJsonClient(http, TIMEOUT), silent);
  }

  /// What the process says, or that it says nothing.
  private static ProcessReport asked(Way way, ProcessReport silent) {
    try {
      ProcessStatus status = way.client().get("/v1/status", ProcessStatus.class);
      return ProcessReport.of(status);
    } catch (IOException | ApiProblem e) {
      return new ProcessReport(
          silent.kind(),
          silent.name(),
          silent.pid(),
          silent.addresses(),
          silent.directory(),
          ProcessStatus.FAILED,
          List.of("it runs but does not answer: " + e.getMessage()),
          List.of());
    }
  }

  /// The endpoints by the control plane's word; empty if it does not answer.
  private Optional<List<EndpointDocument>> endpoints(ProcessPlan controlPlane) {
    try {
      ControlPlaneClient client = new ControlPlaneClient(controlPlane.http(), TIMEOUT);
      List<EndpointDocument> endpoints = new ArrayList<>();
      for (var project : client.projects()) {
        endpoints.addAll(client.endpoints(project.id()));
      }
      return Optional.of(endpoints);
    } catch (IOException | ApiProblem e) {
      return Optional.empty();
    }
  }

  private static List<MembershipDocument> memberships(ProcessPlan controlPlane) {
    try {
      return new ControlPlaneClient(controlPlane.http(), TIMEOUT).memberships();
    } catch (IOException | ApiProblem e) {
      return List.of();
    }
  }

  /// A compute that runs, without the control plane: by its own file.
  private ProcessReport compute(EndpointProcesses.Live live) {
    Map<String, String> addresses = live.file().addresses();
    ProcessReport silent =
        new ProcessReport(
            "compute",
            live.endpointId(),
            live.file().pid(),
            addresses,
            live.start().toString(),
            ProcessStatus.FAILED,
            List.of(),
            List.of());
    return addresses.containsKey("http")
        ? asked(HostPort.parse(addresses.get("http")), silent)
        : silent;
  }

  private List<ProcessReport> endpoint(EndpointDocument endpoint) throws IOException {
    Map<String, String> addresses =
        new TreeMap<>(
            Map.of("pg", endpoint.host() + ":" + endpoint.port(), "http", endpoint.httpAddress()));
    Optional<EndpointProcesses.Live> live =
        new EndpointProcesses(directory)
            .live().stream().filter(l -> l.endpointId().equals(endpoint.id())).findFirst();
    if (live.isEmpty()) {
      String error = endpoint.lastError();
      return List.of(
          new ProcessReport(
              "compute",
              endpoint.name(),
              0,
              addresses,
              directory.endpoints().resolve(endpoint.id()).toString(),
              endpoint.wanted() ? ProcessReport.DOWN : ProcessReport.STOPPED,
              error == null ? List.of() : List.of(error),
              List.of()));
    }
    Path start = live.get().start();
    HostPort http = HostPort.parse(endpoint.httpAddress());
    ProcessReport silent =
        new ProcessReport(
            "compute",
            endpoint.name(),
            live.get().file().pid(),
            addresses,
            start.toString(),
            ProcessStatus.FAILED,
            List.of(),
            List.of());
    ProcessReport said = asked(http, silent);
    ProcessReport compute =
        new ProcessReport(
            "compute",
            endpoint.name(),
            live.get().file().pid(),
            addresses,
            start.toString(),
            said.health(),
            said.reasons(),
            said.timelines());
    List<ProcessReport> reports = new ArrayList<>(List.of(compute));
    postgres(http, endpoint, start).ifPresent(reports::add);
    return reports;
  }

  private static Optional<ProcessReport> postgres(
      HostPort http, EndpointDocument endpoint, Path start) {
    try {
      ComputeStatus status = new HttpJsonClient(http, TIMEOUT).get("/status", ComputeStatus.class);
      if (status.postgresPid() == 0) {
        return Optional.empty();
      }
      return Optional.of(
          new ProcessReport(
              "postgresql",
              endpoint.name(),
              status.postgresPid(),
              Map.of("pg", endpoint.host() + ":" + endpoint.port()),
              start.resolve("pgdata").toString(),
              ProcessStatus.OK,
              List.of(),
              List.of()));
    } catch (IOException | ApiProblem e) {
      return Optional.empty();
    }
  }
}
