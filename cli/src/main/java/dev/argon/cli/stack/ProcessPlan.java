package dev.argon.cli.stack;

import dev.argon.node.HostPort;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// One process of the stack as it should be.
///
/// @param name its directory and log are named so
/// @param nodeId of a storage node; 0 for the control plane
/// @param jvmOptions heap and collector
/// @param addresses by purpose: `http`, `pg`
public record ProcessPlan(
    Kind kind,
    String name,
    long nodeId,
    List<String> jvmOptions,
    SortedMap<String, HostPort> addresses) {

  /// What it does.
  public enum Kind {
    CONTROL_PLANE("control-plane", "dev.argon.controlplane.ControlPlaneMain"),
    PAGESERVER("pageserver", "dev.argon.pageserver.PageserverMain"),
    SAFEKEEPER("safekeeper", "dev.argon.safekeeper.SafekeeperMain");

    private final String wireName;
    private final String mainClass;

    Kind(String wireName, String mainClass) {
      this.wireName = wireName;
      this.mainClass = mainClass;
    }

    public String wireName() {
      return wireName;
    }

    String mainClass() {
      return mainClass;
    }
  }

  static final String HOST = "127.0.0.1";

  /// For what has little to do: C2 would cost more than it gains.
  private static final List<String> SMALL =
      List.of(
          "-Xmx128m",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-XX:MaxDirectMemorySize=128m");

  /// With C1 alone a safekeeper's user time for a commit is half to two thirds more: it inlines no
  /// method handles, and so none of what the language's pattern switches are made of.
  private static final List<String> SAFEKEEPER =
      List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:MaxDirectMemorySize=128m");

  private static final List<String> PAGESERVER =
      List.of("-Xmx512m", "-XX:+UseG1GC", "-XX:MaxDirectMemorySize=512m");

  /// The processes in the order in which they start.
  public static List<ProcessPlan> all(StackFile stack) {
    int base = stack.portBase();
    List<ProcessPlan> plans = new ArrayList<>();
    plans.add(new ProcessPlan(Kind.CONTROL_PLANE, "control-plane", 0, SMALL, addresses(base)));
    stack.used().forEach(place -> plans.add(safekeeper(place)));
    plans.add(
        new ProcessPlan(
            Kind.PAGESERVER, "pageserver", 1, PAGESERVER, addresses(base + 2, base + 1)));
    return List.copyOf(plans);
  }

  static ProcessPlan safekeeper(SafekeeperPlace place) {
    return new ProcessPlan(
        Kind.SAFEKEEPER,
        "safekeeper-" + place.id(),
        place.id(),
        SAFEKEEPER,
        addresses(place.httpPort(), place.pgPort()));
  }

  private static SortedMap<String, HostPort> addresses(int httpPort) {
    SortedMap<String, HostPort> addresses = new TreeMap<>();
    addresses.put("http", new HostPort(HOST, httpPort));
    return addresses;
  }

  private static SortedMap<String, HostPort> addresses(int httpPort, int pgPort) {
    SortedMap<String, HostPort> addresses = addresses(httpPort);
    addresses.put("pg", new HostPort(HOST, pgPort));
    return addresses;
  }

  public HostPort http() {
    return addresses.getOrDefault("http", new HostPort(HOST, 0));
  }

  public HostPort pg() {
    return addresses.getOrDefault("pg", new HostPort(HOST, 0));
  }
}
