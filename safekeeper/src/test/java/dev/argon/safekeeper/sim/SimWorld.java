package dev.argon.safekeeper.sim;

import dev.argon.identity.NodeId;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.PostgresVersion;
import dev.argon.postgres.wal.WalLayout;
import dev.argon.quorum.ControlState;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.SafekeeperAddress;
import dev.argon.quorum.ServerIdentity;
import dev.argon.safekeeper.TimelineKey;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// Everything there is in a run: time, chance, safekeepers, computes, the network between them.
final class SimWorld {

  static final TimelineKey KEY = new TimelineKey(new TenantId(1, 2), new TimelineId(3, 4));
  private static final int SEGMENT_BYTES = 1 << 20;
  static final ServerIdentity SERVER = new ServerIdentity(150020, 77, SEGMENT_BYTES);
  static final WalLayout LAYOUT = new WalLayout(PostgresVersion.V15, SEGMENT_BYTES, 77);

  /// Near the end of a segment, so that each run has more than one.
  static final long START = 0x600000L - 0x8000 + 0x100;

  private static final int NODE_COUNT = 7;
  private static final int MEMBER_COUNT = 3;

  final VirtualTime time = new VirtualTime();
  final RandomGenerator random;
  final SimChecks checks = new SimChecks(this);
  final List<SimNode> nodes = new ArrayList<>();
  final List<SimConnection> connections = new ArrayList<>();
  final List<SimCompute> computes = new ArrayList<>();
  final SimControlPlane controlPlane;
  final Map<Fault, Integer> faults = new EnumMap<>(Fault.class);
  private final Consumer<String> trace;
  private final boolean traced;

  /// Until when messages from one end to another do not arrive.
  private final Map<Long, Long> cuts = new HashMap<>();

  // How bad the network is, in percent of the messages.
  int lossPercent;
  int repeatPercent;
  int overtakePercent;

  /// Whether crashed safekeepers come up again by themselves.
  boolean restarts = true;

  SimWorld(long seed, boolean traced, Consumer<String> trace) {
    random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    this.traced = traced;
    this.trace = trace;
    List<MembershipConfiguration.Member> members = new ArrayList<>();
    for (int i = 1; i <= NODE_COUNT; i++) {
      nodes.add(new SimNode(this, new NodeId(i)));
      if (i <= MEMBER_COUNT) {
        members.add(member(nodes.getLast()));
      }
    }
    MembershipConfiguration first = new MembershipConfiguration(1, members, List.of());
    controlPlane = new SimControlPlane(this, first);
    ControlState initial = ControlState.create(first, SERVER, new Lsn(START));
    for (SimNode node : nodes.subList(0, MEMBER_COUNT)) {
      node.create(initial);
      node.start();
    }
  }

  static MembershipConfiguration.Member member(SimNode node) {
    return new MembershipConfiguration.Member(node.id, "sk", (int) node.id.value());
  }

  void note(Supplier<String> what) {
    if (traced) {
      trace.accept("%9.3f s  %s".formatted(time.now() / 1e6, what.get()));
    }
  }

  boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  SimNode node(NodeId id) {
    return nodes.get((int) id.value() - 1);
  }

  SimNode nodeAt(SafekeeperAddress address) {
    return nodes.get(address.port() - 1);
  }

  SimNode anyMember(MembershipConfiguration configuration) {
    return node(any(configuration.all()).id());
  }

  List<SimNode> members(List<MembershipConfiguration.Member> members) {
    return members.stream().map(member -> node(member.id())).toList();
  }

  void count(Fault fault) {
    faults.merge(fault, 1, Integer::sum);
    note(() -> "fault: " + fault);
  }

  // The network.

  /// The time a message takes.
  long delay() {
    return 100L + random.nextInt(chance(3) ? 60_000 : 2_500);
  }

  int copies() {
    if (chance(lossPercent)) {
      faults.merge(Fault.MESSAGES_LOST, 1, Integer::sum);
      return 0;
    }
    if (chance(repeatPercent)) {
      faults.merge(Fault.MESSAGES_REPEATED, 1, Integer::sum);
      return 2;
    }
    return 1;
  }

  /// When a message arrives that is sent now.
  ///
  /// @param before when the one before it does
  long arrival(long before) {
    long arrival = time.now() + delay();
    if (arrival <= before && chance(overtakePercent)) {
      faults.merge(Fault.MESSAGES_REORDERED, 1, Integer::sum);
      return arrival;
    }
    return Math.max(arrival, before + 1);
  }

  private static int end(Object party) {
    return switch (party) {
      case SimNode node -> (int) node.id.value();
      case SimCompute compute -> 100 + compute.id;
      default -> 0; // the control plane
    };
  }

  private static long pair(Object from, Object to) {
    return (long) end(from) << 32 | end(to);
  }

  boolean isReachable(Object from, Object to) {
    Long until = cuts.get(pair(from, to));
    return until == null || until <= time.now();
  }

  /// Nothing gets from one to the other for a while.
  void cut(Object from, Object to, long micros) {
    cuts.put(pair(from, to), time.now() + micros);
  }

  void healNetwork() {
    cuts.clear();
    lossPercent = 0;
    repeatPercent = 0;
    overtakePercent = 0;
  }

  /// The process of a safekeeper is gone: so are its connections.
  void cutOff(SimNode node) {
    connections.removeIf(connection -> !connection.open);
    for (SimConnection connection : List.copyOf(connections)) {
      if (connection.node.id.equals(node.id)) {
        connection.cut();
      }
    }
  }

  void restartLater(SimNode node) {
    if (restarts) {
      time.in(SimNode.restartDelay(this), node::start);
    }
  }

  /// A new compute with the members the control plane knows.
  SimCompute startCompute() {
    computes.removeIf(SimCompute::isOver);
    SimCompute compute = new SimCompute(this, computeCount++, controlPlane.stored());
    computes.add(compute);
    note(() -> compute + " starts");
    return compute;
  }

  private int computeCount;
}
