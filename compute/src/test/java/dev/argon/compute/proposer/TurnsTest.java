package dev.argon.compute.proposer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.identity.NodeId;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.node.HostPort;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.AcceptorEffect;
import dev.argon.quorum.AcceptorState;
import dev.argon.quorum.ControlState;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.MembershipConfiguration.Member;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.ProposerOutput;
import dev.argon.quorum.ProposerSettings;
import dev.argon.quorum.ProposerState;
import dev.argon.quorum.ServerIdentity;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A leader with three real acceptors; what each is sent is up to the test.
class TurnsTest {

  private static final TenantId TENANT = new TenantId(1, 2);
  private static final TimelineId TIMELINE = new TimelineId(3, 4);
  private static final ServerIdentity SERVER = new ServerIdentity(150020, 77, 16 << 20);
  private static final Lsn START = new Lsn(1000);

  private final List<AcceptorState> acceptors = new ArrayList<>();
  private SafekeeperLinks links = new SafekeeperLinks(List.of());
  private ProposerState proposer;
  private Lsn end = START;

  TurnsTest() {
    proposer = lead("here", "here", "here");
  }

  /// A leader whose safekeepers are at these hosts.
  private ProposerState lead(String... hosts) {
    List<Member> members =
        IntStream.range(0, hosts.length)
            .mapToObj(i -> new Member(new NodeId(i + 1), hosts[i], 5000 + i))
            .toList();
    MembershipConfiguration membership = new MembershipConfiguration(1, members, List.of());
    ControlState control = ControlState.create(membership, SERVER, START);
    acceptors.clear();
    members.forEach(member ->
        acceptors.add(AcceptorState.restored(member.id(), TENANT, TIMELINE, control, START)));
    proposer =
        new ProposerState(
            new ProposerSettings(
                TENANT, TIMELINE, SERVER, members.stream().map(Member::address).toList(), 1));
    links =
        new SafekeeperLinks(
            members.stream().map(member -> new HostPort(member.host(), member.pgPort())).toList());
    for (int i = 0; i < hosts.length; i++) {
      take(proposer.connected(i));
    }
    take(proposer.localWal(START, START));
    links.present().forEach(this::send);
    assertThat(proposer.phase()).isEqualTo(ProposerState.Phase.ELECTED);
    return proposer;
  }

  private void take(List<ProposerOutput> outputs) {
    for (ProposerOutput output : outputs) {
      if (output instanceof ProposerOutput.Send(int acceptor, ProposerMessage message)) {
        deliver(acceptor, message);
      }
    }
  }

  private void deliver(int acceptor, ProposerMessage message) {
    AcceptorState.Step step = acceptors.get(acceptor).on(message);
    AcceptorState next = step.next();
    List<AcceptorEffect> effects = new ArrayList<>(step.effects());
    if (message instanceof ProposerMessage.Append append) {
      AcceptorState.Step flush = next.written(append.endLsn()).flush();
      effects.addAll(flush.effects());
      next = flush.next();
    }
    acceptors.set(acceptor, next);
    for (AcceptorEffect effect : effects) {
      if (effect instanceof AcceptorEffect.Reply(var reply)) {
        take(proposer.received(acceptor, reply));
      }
    }
  }

  private void write(int bytes) {
    end = end.plus(bytes);
    take(proposer.localWal(START, end));
  }

  /// Sends a safekeeper all there is; it answers at once.
  private void send(SafekeeperLink link) {
    for (var append = proposer.nextAppend(link.index, 1 << 17);
        append.isPresent();
        append = proposer.nextAppend(link.index, 1 << 17)) {
      link.sentLsn = append.get().endLsn().value();
      deliver(link.index, append.get());
    }
  }

  private List<Integer> due() {
    Turns turns = new Turns(proposer, links);
    return links.present().stream()
        .filter(link -> turns.isDue(link, end.value()))
        .map(link -> link.index)
        .toList();
  }

  @Test
  void aQuorumIsDueAtOnce() {
    write(100);
    assertThat(due()).containsExactly(0, 1);

    send(links.of(0));
    send(links.of(1));
    assertThat(proposer.commitLsn()).isEqualTo(end);
    assertThat(due()).as("commits go on without the third").isEmpty();
  }

  @Test
  void aWholeAppendWaitsForNobody() {
    write(ProposerMessage.Append.BYTES_MAX);

    assertThat(due()).containsExactly(0, 1, 2);
  }

  @Test
  void whoIsAwayIsReplaced() {
    take(proposer.disconnected(0));
    write(100);

    assertThat(due()).contains(1, 2);
  }

  @Test
  void whoIsSlowChangesPlaces() {
    commitWithoutTheSecond();
    write(100);

    assertThat(due()).containsExactly(0, 2);
  }

  @Test
  void whoCatchesUpIsOneOfThemAgain() {
    commitWithoutTheSecond();
    links.present().forEach(this::send);
    write(100);

    assertThat(due()).containsExactly(0, 1);
  }

  private void commitWithoutTheSecond() {
    write(100);
    send(links.of(0));
    send(links.of(2)); // by an announcement
    assertThat(proposer.commitLsn()).isEqualTo(end);
  }

  @Test
  void safekeepersOnMachinesOfTheirOwnAreDueAtOnce() {
    end = START;
    lead("here", "there", "elsewhere");
    write(100);

    assertThat(due()).containsExactly(0, 1, 2);
  }
}
