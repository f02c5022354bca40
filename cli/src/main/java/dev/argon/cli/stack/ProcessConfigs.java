package dev.argon.cli.stack;

import dev.argon.controlplane.ControlPlaneConfig;
import dev.argon.node.JsonCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes the configuration file of each process before its start.
final class ProcessConfigs {

  private static final long MEMORY_LAYER_BYTES_MAX = 64L << 20;
  private static final long PAGE_CACHE_BYTES = 64L << 20;
  private static final List<String> COMPUTE_JVM_OPTIONS =
      List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:MaxDirectMemorySize=256m");
  private static final String COMPUTE_MAIN = "dev.argon.compute.ComputeMain";

  private final StackDirectory directory;
  private final StackKeys keys;
  private final StackTls tls;
  private final StackFile stack;
  private final List<ProcessPlan> plans;
  private final JavaCommand java;
  private final ProcessUser user;

  ProcessConfigs(
      StackDirectory directory,
      StackFile stack,
      List<ProcessPlan> plans,
      JavaCommand java,
      ProcessUser user) {
    this.directory = directory;
    keys = new StackKeys(directory);
    tls = new StackTls(directory);
    this.stack = stack;
    this.plans = plans;
    this.java = java;
    this.user = user;
  }

  static Path postgresBin(int pgVersion) {
    return Path.of("/usr/lib/postgresql", Integer.toString(pgVersion), "bin");
  }

  static Path file(StackDirectory directory, ProcessPlan.Kind kind, String name) {
    return directory.process(name).resolve(kind.wireName() + ".json");
  }

  /// @return the file
  Path write(ProcessPlan plan) throws IOException {
    Path own = directory.process(plan.name());
    Files.createDirectories(own);
    user.give(own);
    directory.syncEntries();
    Object settings =
        switch (plan.kind()) {
          case CONTROL_PLANE -> controlPlane(plan, own);
          case PAGESERVER -> pageserver(plan, own);
          case SAFEKEEPER -> safekeeper(plan, own);
        };
    Path file = file(directory, plan.kind(), plan.name());
    Files.writeString(file, JsonCodec.toPrettyText(settings) + "\n");
    user.give(file);
    return file;
  }

  private ControlPlaneConfig controlPlane(ProcessPlan plan, Path own) {
    return new ControlPlaneConfig(
        own.toString(),
        plan.http().toString(),
        directory.objectStore().toString(),
        directory.endpoints().toString(),
        ProcessPlan.HOST,
        stack.portBase() + StackFile.ENDPOINT_PORT_OFFSET,
        java.command(COMPUTE_JVM_OPTIONS, COMPUTE_MAIN),
        postgresBin(stack.pgVersion()).toString(),
        java.extensionLibrary(),
        stack.locale(),
        keys.exist() ? keys.privateKey().toString() : null,
        authorities());
  }

  private PageserverSettings pageserver(ProcessPlan plan, Path own) {
    return new PageserverSettings(
        plan.nodeId(),
        own.toString(),
        plan.pg().toString(),
        plan.http().toString(),
        directory.objectStore().toString(),
        "http://" + plans.getFirst().http(),
        postgresBin(stack.pgVersion()).toString(),
        keys.exist() ? keys.storageToken().toString() : null,
        authorities(),
        MEMORY_LAYER_BYTES_MAX,
        PAGE_CACHE_BYTES);
  }

  private SafekeeperSettings safekeeper(ProcessPlan plan, Path own) {
    List<SafekeeperSettings.Peer> peers =
        plans.stream()
            .filter(peer -> peer.kind() == ProcessPlan.Kind.SAFEKEEPER && !peer.equals(plan))
            .map(peer -> new SafekeeperSettings.Peer(peer.nodeId(), peer.pg().toString()))
            .toList();
    return new SafekeeperSettings(
        plan.nodeId(),
        own.toString(),
        plan.pg().toString(),
        plan.http().toString(),
        directory.objectStore().toString(),
        peers,
        new SafekeeperSettings.Security(
            keys.exist() ? keys.publicKey().toString() : null,
            keys.exist() ? keys.storageToken().toString() : null,
            tls.isOn() ? tls.safekeeper() : null));
  }

  private @Nullable String authorities() {
    return tls.isOn() ? tls.authorities().toString() : null;
  }
}
