package dev.argon.it.safekeeper;

import dev.argon.it.process.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/// A network namespace of its own for peers, joined to this machine by a pair of virtual Ethernet
/// devices (ip-netns(8), veth(4)). Cutting the pair makes the peers vanish as a machine without
/// power does: no FIN, no RST, and nothing that is sent to them is acknowledged.
final class PeerNetwork implements AutoCloseable {

  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final String name;
  private final String prefix;

  private PeerNetwork(String name, String prefix) {
    this.name = name;
    this.prefix = prefix;
  }

  /// Why there can be none on this machine, or empty.
  static Optional<String> obstacle() {
    if (!"root".equals(System.getProperty("user.name"))) {
      return Optional.of("network namespaces need root");
    }
    if (Stream.of("/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip", "/bin/ip")
        .noneMatch(path -> Files.isExecutable(Path.of(path)))) {
      return Optional.of("iproute2 is not installed");
    }
    String name = "argon-it-probe-" + ProcessHandle.current().pid();
    Command.Result result = Command.of("ip", "netns", "add", name).run(LIMIT);
    if (result.exitCode() != 0) {
      return Optional.of("no network namespace can be made: " + result.err().strip());
    }
    Command.of("ip", "netns", "delete", name).run(LIMIT);
    return Optional.empty();
  }

  /// Makes one. Its addresses come from 198.18.0.0/15, which is for tests of networks (RFC 2544).
  static PeerNetwork create() {
    int number = ThreadLocalRandom.current().nextInt(1 << 14);
    PeerNetwork network =
        new PeerNetwork(
            "argonit" + number, "198.%d.%d.".formatted(18 + (number >> 13), (number & 0xFF)));
    String here = network.name + "h";
    String there = network.name + "p";
    run("ip", "netns", "add", network.name);
    run("ip", "link", "add", here, "type", "veth", "peer", "name", there);
    run("ip", "link", "set", there, "netns", network.name);
    run("ip", "address", "add", network.host() + "/24", "dev", here);
    run("ip", "link", "set", here, "up");
    run("ip", "-n", network.name, "address", "add", network.prefix + "2/24", "dev", there);
    run("ip", "-n", network.name, "link", "set", there, "up");
    return network;
  }

  private static void run(String... words) {
    Command.of(words).run(LIMIT).ok();
  }

  /// This machine's address as seen from inside.
  String host() {
    return prefix + "1";
  }

  /// The command, to be run inside.
  Command inside(Command command) {
    return Command.of("ip", "netns", "exec", name).plus(command.words().toArray(String[]::new));
  }

  /// From now on no packet passes in either direction.
  void cut() {
    run("ip", "-n", name, "link", "set", name + "p", "down");
  }

  @Override
  public void close() {
    Command.of("ip", "link", "delete", name + "h").run(LIMIT);
    Command.of("ip", "netns", "delete", name).run(LIMIT);
  }
}
