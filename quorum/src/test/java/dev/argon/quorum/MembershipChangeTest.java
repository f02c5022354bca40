package dev.argon.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.identity.NodeId;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.MembershipConfiguration.Member;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// A proposer and acceptors without loss, while members are exchanged.
class MembershipChangeTest {

  private static final TenantId TENANT = new TenantId(1, 2);
  private static final TimelineId TIMELINE = new TimelineId(3, 4);
  private static final ServerIdentity SERVER = new ServerIdentity(150020, 77, 16 << 20);
  private static final Lsn START = new Lsn(1000);

  private final Map<NodeId, AcceptorState> acceptors = new HashMap<>();
  private final Map<Integer, NodeId> connected = new HashMap<>();
  private final List<ProposerOutput> seen = new ArrayList<>();
  private final ProposerState proposer =
      new ProposerState(
          new ProposerSettings(
              TENANT,
              TIMELINE,
              SERVER,
              members(1, 2, 3).stream().map(Member::address).toList(),
              1));

  MembershipChangeTest() {
    for (long id = 1; id <= 3; id++) {
      create(id, configuration(1, members(1, 2, 3)));
    }
  }

  private static List<Member> members(long... ids) {
    return LongStream.of(ids).mapToObj(id -> new Member(new NodeId(id), "sk", (int) id)).toList();
  }

  private static MembershipConfiguration configuration(int generation, List<Member> members) {
    return new MembershipConfiguration(generation, members, List.of());
  }

  private void create(long id, MembershipConfiguration membership) {
    ControlState control = ControlState.create(membership, SERVER, START);
    acceptors.put(
        new NodeId(id), AcceptorState.restored(new NodeId(id), TENANT, TIMELINE, control, START));
  }

  private AcceptorState acceptor(long id) {
    return acceptors.getOrDefault(new NodeId(id), acceptors.values().iterator().next());
  }

  private void connect(int number, long id) {
    connected.put(number, new NodeId(id));
    take(proposer.connected(number));
  }

  private void elect() {
    connect(0, 1);
    connect(1, 2);
    connect(2, 3);
    take(proposer.localWal(START, START));
  }

  /// Carries out what the proposer wants, to the end.
  private void take(List<ProposerOutput> outputs) {
    for (ProposerOutput output : outputs) {
      seen.add(output);
      switch (output) {
        case ProposerOutput.Send(int number, ProposerMessage message) -> deliver(number, message);
        case ProposerOutput.AppendReady(int number) -> pump(number);
        case ProposerOutput.Disconnect(int number, String _) -> connected.remove(number);
        case ProposerOutput.Left(int number, String _) -> connected.remove(number);
        case ProposerOutput.Joined _, ProposerOutput.Won _, ProposerOutput.Committed _ -> {}
        case ProposerOutput.Fenced _, ProposerOutput.Stranded _ -> connected.clear();
      }
    }
  }

  private void pump(int number) {
    while (connected.containsKey(number)) {
      var append = proposer.nextAppend(number, 1 << 20);
      if (append.isEmpty()) {
        return;
      }
      deliver(number, append.get());
    }
  }

  private void deliver(int number, ProposerMessage message) {
    NodeId node = connected.get(number);
    if (node == null) {
      return;
    }
    AcceptorState state = acceptor(node.value());
    AcceptorState.Step step = state.on(message);
    List<AcceptorMessage> replies = new ArrayList<>();
    boolean refused = collect(step, replies);
    AcceptorState next = step.next();
    if (!refused && message instanceof ProposerMessage.Append append) {
      if (step.effects().stream().anyMatch(AcceptorEffect.WriteWal.class::isInstance)) {
        next = next.written(append.endLsn());
      }
      AcceptorState.Step flush = next.flush();
      collect(flush, replies);
      next = flush.next();
    }
    acceptors.put(node, next);
    if (refused) {
      connected.remove(number);
      take(proposer.disconnected(number));
    }
    replies.forEach(reply -> take(proposer.received(number, reply)));
  }

  private static boolean collect(AcceptorState.Step step, List<AcceptorMessage> replies) {
    boolean refused = false;
    for (AcceptorEffect effect : step.effects()) {
      if (effect instanceof AcceptorEffect.Reply(AcceptorMessage message)) {
        replies.add(message);
      }
      refused |= effect instanceof AcceptorEffect.Refuse;
    }
    return refused;
  }

  private void write(int bytes) {
    Lsn end = acceptors.values().stream().map(AcceptorState::flushLsn).max(Lsn::compareTo).get();
    take(proposer.localWal(START, end.plus(bytes)));
  }

  private void put(long id, MembershipConfiguration membership) {
    AcceptorState.Step step = acceptor(id).changeMembership(membership);
    assertThat(step.effects()).hasOnlyElementsOfType(AcceptorEffect.PersistControl.class);
    acceptors.put(new NodeId(id), step.next());
  }

  private ProposerOutput.Joined joined() {
    return seen.stream()
        .filter(ProposerOutput.Joined.class::isInstance)
        .map(ProposerOutput.Joined.class::cast)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aLeaderGoesOnInItsTermWithOtherMembers() {
    elect();
    write(100);
    MembershipConfiguration joint =
        new MembershipConfiguration(2, members(1, 2, 3), members(1, 2, 4));
    create(4, joint);

    take(proposer.membership(joint));

    assertThat(joined()).isEqualTo(new ProposerOutput.Joined(3, new SafekeeperAddress("sk", 4)));
    assertThat(proposer.phase()).isEqualTo(ProposerState.Phase.ELECTED);
    connect(3, 4);
    write(50);
    assertThat(proposer.commitLsn()).isEqualTo(new Lsn(1150));
    assertThat(acceptor(4).flushLsn()).isEqualTo(new Lsn(1150));
    take(proposer.membership(configuration(3, members(1, 2, 4))));
    assertThat(seen).anyMatch(ProposerOutput.Left.class::isInstance);
    write(1);
    assertThat(proposer.commitLsn()).isEqualTo(new Lsn(1151));
    assertThat(proposer.term()).isEqualTo(new Term(1));
    assertThat(acceptor(3).flushLsn()).isEqualTo(new Lsn(1150));
    assertThat(acceptor(4).control().membership().generation()).isEqualTo(3);
  }

  @Test
  void aJointConfigurationCommitsNothingWithoutTheNewMajority() {
    elect();
    write(100);

    take(proposer.membership(new MembershipConfiguration(2, members(1, 2, 3), members(4, 5, 6))));
    write(50);

    assertThat(acceptor(1).flushLsn()).isEqualTo(new Lsn(1150));
    assertThat(proposer.commitLsn()).isEqualTo(new Lsn(1100));
  }

  @Test
  void theNewMembershipIsLearnedFromTheAnswerToAnAppend() {
    elect();
    MembershipConfiguration newer = configuration(2, members(1, 2));
    put(1, newer);

    write(100); // is refused by 1, which knows better
    assertThat(connected).doesNotContainKey(0);
    connect(0, 1);
    write(1);

    assertThat(proposer.membership()).isEqualTo(newer);
    assertThat(proposer.phase()).isEqualTo(ProposerState.Phase.ELECTED);
    assertThat(connected).containsOnlyKeys(0, 1);
    assertThat(proposer.commitLsn()).isEqualTo(new Lsn(1101));
  }

  @Test
  void whatWasDurableInAnOlderGenerationDoesNotCount() {
    elect();
    connected.remove(2);
    take(proposer.disconnected(2));
    write(100);
    connected.remove(1);
    take(proposer.disconnected(1));

    take(proposer.membership(configuration(2, members(1, 2, 3))));
    write(1);

    assertThat(proposer.flushLsn(1)).isEqualTo(Lsn.INVALID);
    assertThat(proposer.commitLsn()).isEqualTo(new Lsn(1100));
    connect(1, 2);
    assertThat(proposer.commitLsn()).isEqualTo(new Lsn(1101));
  }

  /// What only the donor had was never committed: the other members may go on without it.
  @Test
  void aLeaderWhoseStartIsGoneWithItsDonorStops() {
    electWithStartOfOneOnly();

    take(proposer.membership(configuration(2, members(2, 3))));
    heartbeats(ProposerState.STRANDED_HEARTBEATS + 1);

    assertThat(proposer.phase()).isEqualTo(ProposerState.Phase.STOPPED);
    assertThat(seen.getLast()).isInstanceOf(ProposerOutput.Stranded.class);
  }

  /// It may have lost its disk, and then never comes back by itself.
  @Test
  void aLeaderWhoseDonorStaysAwayStops() {
    electWithStartOfOneOnly();
    disconnect(0);

    heartbeats(ProposerState.STRANDED_HEARTBEATS);
    assertThat(proposer.phase()).isEqualTo(ProposerState.Phase.ELECTED);
    heartbeats(1);

    assertThat(proposer.phase()).isEqualTo(ProposerState.Phase.STOPPED);
    assertThat(seen.getLast()).isInstanceOf(ProposerOutput.Stranded.class);
  }

  @Test
  void aLeaderWhoseDonorComesBackLeadsOn() {
    electWithStartOfOneOnly();
    disconnect(0);
    heartbeats(ProposerState.STRANDED_HEARTBEATS);

    connect(0, 1);
    heartbeats(1);
    assertThat(proposer.recovery(1).map(Recovery::donor)).contains(0);
    disconnect(0);
    heartbeats(ProposerState.STRANDED_HEARTBEATS);

    assertThat(proposer.phase()).isEqualTo(ProposerState.Phase.ELECTED);
  }

  /// A minority may have to wait for those who have the WAL, however long that takes.
  @Test
  void aLeaderWithoutAQuorumWaits() {
    electWithStartOfOneOnly();
    disconnect(0);
    disconnect(2);

    heartbeats(10 * ProposerState.STRANDED_HEARTBEATS);

    assertThat(proposer.phase()).isEqualTo(ProposerState.Phase.ELECTED);
  }

  /// The log of acceptor 1, number 0, alone reaches to the term's start.
  private void electWithStartOfOneOnly() {
    Lsn start = START.plus(100);
    NodeId donor = new NodeId(1);
    ControlState control = acceptor(1).control();
    acceptors.put(donor, AcceptorState.restored(donor, TENANT, TIMELINE, control, start));
    connect(0, 1);
    connect(1, 2);
    connect(2, 3);
    take(proposer.localWal(start, start));
    assertThat(proposer.election().map(Election::startLsn)).contains(start);
  }

  private void disconnect(int number) {
    connected.remove(number);
    take(proposer.disconnected(number));
  }

  private void heartbeats(int count) {
    for (int i = 0; i < count; i++) {
      take(proposer.heartbeat());
    }
  }

  @Test
  void anOlderMembershipIsNoNews() {
    elect();
    take(proposer.membership(configuration(3, members(1, 2, 3))));
    seen.clear();

    take(proposer.membership(configuration(2, members(1))));

    assertThat(seen).isEmpty();
    assertThat(proposer.membership().generation()).isEqualTo(3);
  }

  @Test
  void anAcceptorNeverGoesBackAGenerationNorTakesAnotherOfTheSame() {
    put(1, configuration(5, members(1, 2)));

    assertThat(acceptor(1).changeMembership(configuration(4, members(1, 2))).effects())
        .hasOnlyElementsOfType(AcceptorEffect.Refuse.class);
    assertThat(acceptor(1).changeMembership(configuration(5, members(1, 3))).effects())
        .hasOnlyElementsOfType(AcceptorEffect.Refuse.class);
    assertThat(acceptor(1).changeMembership(configuration(5, members(1, 2))).effects()).isEmpty();
    assertThat(acceptor(1).changeMembership(configuration(6, members(2, 3))).effects())
        .hasOnlyElementsOfType(AcceptorEffect.Refuse.class);
  }

  @Test
  void aNodeThatIsNoMemberDoesNotServe() {
    create(9, configuration(1, members(1, 2, 3)));

    AcceptorState.Step step =
        acceptor(9)
            .on(
                new ProposerMessage.Greeting(
                    TENANT, TIMELINE, MembershipConfiguration.NONE, SERVER));

    assertThat(step.effects()).hasOnlyElementsOfType(AcceptorEffect.Refuse.class);
  }

  @Test
  void aBumpedTermEndsAppendsOfLowerOnesAndNeverGoesBack() {
    elect();
    write(10);

    AcceptorState.Step step = acceptor(1).bumpTerm(new Term(7));
    acceptors.put(new NodeId(1), step.next());

    assertThat(step.effects()).hasOnlyElementsOfType(AcceptorEffect.PersistControl.class);
    assertThat(step.next().term()).isEqualTo(new Term(7));
    assertThat(step.next().acceptingTerm()).isEmpty();
    assertThat(step.next().bumpTerm(new Term(6)).effects()).isEmpty();
    write(1);
    assertThat(proposer.phase()).isEqualTo(ProposerState.Phase.STOPPED);
  }

  @Test
  void aLaggingAcceptorIsBroughtUpByAPeerInTheLeadersTerm() {
    elect();
    connected.remove(2);
    take(proposer.disconnected(2));
    write(100);
    AcceptorState donor = acceptor(1);

    PeerRecovery plan =
        PeerRecovery.plan(
                acceptor(3),
                new PeerRecovery.Donor(
                    1,
                    donor.term(),
                    donor.control().history().upTo(donor.flushLsn()),
                    donor.flushLsn()))
            .orElseThrow();
    AcceptorState lagging = acceptor(3);
    for (ProposerMessage message : plan.hello()) {
      lagging = lagging.on(message).next();
    }
    lagging =
        lagging
            .on(
                new ProposerMessage.Append(
                    1, plan.term(), plan.fromLsn(), plan.toLsn(), donor.commitLsn(), START))
            .next()
            .written(plan.toLsn())
            .flush()
            .next();

    assertThat(lagging.flushLsn()).isEqualTo(new Lsn(1100));
    assertThat(lagging.lastLogTerm()).isEqualTo(new Term(1));
    assertThat(
            PeerRecovery.plan(
                lagging,
                new PeerRecovery.Donor(
                    1, donor.term(), donor.control().history(), donor.flushLsn())))
        .isEmpty();
  }

  @Test
  void aPeerWhoseTermIsNotThatOfItsLogGivesNothing() {
    elect();
    write(100);
    AcceptorState donor = acceptor(1).bumpTerm(new Term(9)).next();
    create(4, configuration(1, members(1, 2, 4)));

    assertThat(
            PeerRecovery.plan(
                acceptor(4),
                new PeerRecovery.Donor(
                    1, donor.term(), donor.control().history(), donor.flushLsn())))
        .isEmpty();
  }
}
