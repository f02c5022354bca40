package dev.argon.quorum.sim;

import dev.argon.postgres.Lsn;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.sim.SimProposer.Connection;
import dev.argon.quorum.sim.SimProposer.Letter;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// One run: many computes one after the other and against each other, acceptors that crash, a
/// network that loses, repeats and reorders. Everything follows from the seed.
final class QuorumSimulation {

  private static final int EVENTS = 1_500;
  private static final int PROPOSERS_MAX = 3;
  private static final int HEALING_ROUNDS = 400;
  private static final int UNSTEADY_ROUNDS = 8;

  private final RandomGenerator random;
  private final SimWorld world;
  private final List<SimProposer> proposers = new ArrayList<>();
  private long proposerCount;

  // How bad this run's world is, in percent of events.
  private final int lossPercent;
  private final int reorderPercent;
  private final int duplicatePercent;
  private final int crashPercent;

  QuorumSimulation(long seed, int acceptorCount) {
    random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    world = new SimWorld(acceptorCount, random);
    boolean chaotic = random.nextInt(3) == 0;
    lossPercent = random.nextInt(chaotic ? 10 : 2);
    reorderPercent = chaotic ? random.nextInt(30) : 0;
    duplicatePercent = chaotic ? random.nextInt(20) : 0;
    crashPercent = random.nextInt(3);
    world.acceptors().forEach(SimAcceptor::start);
  }

  /// @return how much was committed, in bytes
  long run() {
    for (int i = 0; i < EVENTS; i++) {
      event();
      world.checkAll();
    }
    heal();
    return world.committedEnd().bytesAfter(SimLog.START);
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  private <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private void event() {
    proposers.removeIf(SimProposer::isStopped);
    if (chance(crashPercent)) {
      crashOrRestart();
    } else if (proposers.isEmpty()
        || (proposers.size() < PROPOSERS_MAX && random.nextInt(200) == 0)) {
      proposers.add(new SimProposer(++proposerCount, world));
    } else if (random.nextInt(300) == 0) {
      proposers.remove(random.nextInt(proposers.size()));
    } else {
      step(any(proposers));
    }
  }

  private void crashOrRestart() {
    SimAcceptor acceptor = any(world.acceptors());
    if (acceptor.isUp()) {
      acceptor.crash();
      cutOff(world.acceptors().indexOf(acceptor));
    } else {
      acceptor.start();
    }
  }

  private void cutOff(int acceptor) {
    proposers.forEach(proposer -> proposer.disconnect(acceptor));
  }

  private void step(SimProposer proposer) {
    int index = random.nextInt(world.acceptors().size());
    SimAcceptor acceptor = world.acceptors().get(index);
    Connection connection = proposer.connections.get(index);
    if (!acceptor.isUp()) {
      if (chance(30)) {
        acceptor.start();
      }
      return;
    }
    if (!connection.open) {
      proposer.connect(index);
      return;
    }
    switch (random.nextInt(10)) {
      case 0, 1, 2 -> {
        for (int i = random.nextInt(4); i >= 0 && acceptor.isUp(); i--) {
          deliverToAcceptor(proposer, index, acceptor);
        }
      }
      case 3, 4, 5 -> {
        for (int i = random.nextInt(4); i >= 0; i--) {
          deliverToProposer(proposer, index);
        }
      }
      case 6 -> flush(proposer, index, acceptor);
      case 7 -> {
        if (proposer.isElected() && chance(50)) {
          proposer.write(1 + random.nextInt(4), chance(80));
        }
      }
      case 8 -> {
        proposer.heartbeat();
        proposer.pump(index, Cell.BYTES * (1 + random.nextInt(6)));
      }
      default -> {
        if (chance(5)) {
          proposer.disconnect(index);
        } else if (chance(30)) {
          acceptor.checkpoint();
        } else if (chance(60)) {
          SimAcceptor peer = any(world.acceptors());
          if (peer.isUp()) {
            acceptor.learnCommit(peer);
          }
        }
        proposer.pump(index, Cell.BYTES * (1 + random.nextInt(6)));
      }
    }
  }

  private <T> Letter<T> pick(List<Letter<T>> queue) {
    int at = chance(reorderPercent) ? random.nextInt(queue.size()) : 0;
    return chance(duplicatePercent) ? queue.get(at) : queue.remove(at);
  }

  private void deliverToAcceptor(SimProposer proposer, int index, SimAcceptor acceptor) {
    Connection connection = proposer.connections.get(index);
    if (connection.toAcceptor.isEmpty()) {
      return;
    }
    Letter<ProposerMessage> letter = pick(connection.toAcceptor);
    if (chance(lossPercent)) {
      if (reorderPercent == 0) {
        proposer.disconnect(index); // a stream does not lose a part: it breaks
      }
      return;
    }
    world.noteMessage(letter.message());
    connection.appended |= letter.message() instanceof ProposerMessage.Append;
    answer(
        proposer,
        index,
        acceptor,
        acceptor.handle(letter.message(), letter.cells(), mayCrash(letter.message())));
  }

  /// An election has several effects: crashes between them are of the most interest.
  private boolean mayCrash(ProposerMessage message) {
    int percent = message instanceof ProposerMessage.Elected ? 40 : 2;
    return crashPercent > 0 && chance(percent);
  }

  private void flush(SimProposer proposer, int index, SimAcceptor acceptor) {
    Connection connection = proposer.connections.get(index);
    if (connection.appended) {
      connection.appended = false;
      answer(proposer, index, acceptor, acceptor.flush(crashPercent > 0 && chance(2)));
    }
  }

  private void answer(
      SimProposer proposer, int index, SimAcceptor acceptor, SimAcceptor.Outcome outcome) {
    Connection connection = proposer.connections.get(index);
    for (AcceptorMessage reply : outcome.replies()) {
      world.noteReply(proposer, acceptor, reply);
      connection.toProposer.add(new Letter<>(reply, List.of()));
    }
    if (outcome.crashed()) {
      cutOff(index);
    } else if (outcome.refused()) {
      proposer.disconnect(index);
    }
  }

  private void deliverToProposer(SimProposer proposer, int index) {
    Connection connection = proposer.connections.get(index);
    if (!connection.toProposer.isEmpty()) {
      Letter<AcceptorMessage> letter = pick(connection.toProposer);
      if (!chance(lossPercent)) {
        proposer.receive(index, letter.message());
      }
    }
  }

  /// The network is soon well again, but a minority of the acceptors may never come back: one new
  /// compute must get a record committed on all others.
  private void heal() {
    proposers.clear();
    int gone = random.nextInt((world.acceptors().size() + 1) / 2);
    for (int i = 0; i < gone; i++) {
      world.acceptors().get(i).crash();
    }
    SimProposer last = new SimProposer(++proposerCount, world);
    Lsn goal = Lsn.MAX;
    int restarts = 0;
    for (int round = 0; round < HEALING_ROUNDS; round++) {
      for (int i = gone; i < world.acceptors().size(); i++) {
        SimAcceptor acceptor = world.acceptors().get(i);
        if (!acceptor.isUp()) {
          acceptor.start();
        }
        Connection connection = last.connections.get(i);
        if (!connection.open) {
          last.connect(i);
        }
        last.heartbeat();
        last.pump(i, Cell.BYTES * 16);
        while (!connection.toAcceptor.isEmpty()) {
          Letter<ProposerMessage> letter = connection.toAcceptor.removeFirst();
          connection.appended |= letter.message() instanceof ProposerMessage.Append;
          answer(last, i, acceptor, acceptor.handle(letter.message(), letter.cells(), false));
        }
        if (connection.appended) {
          connection.appended = false;
          answer(last, i, acceptor, acceptor.flush(false));
        }
        if (round < UNSTEADY_ROUNDS && chance(30)) {
          last.disconnect(i); // an answer is lost, perhaps a vote
        }
        while (!connection.toProposer.isEmpty()) {
          last.receive(i, connection.toProposer.removeFirst().message());
        }
        world.checkAll();
      }
      if (last.isStopped()) {
        // A safekeeper had voted in a higher term for a compute that is gone: start once more.
        SimWorld.check(++restarts <= 2, "the only compute is fenced again and again");
        last = new SimProposer(++proposerCount, world);
        goal = Lsn.MAX;
      }
      if (last.isElected() && goal.equals(Lsn.MAX)) {
        last.write(3, true);
        goal = last.log.end();
      }
      if (isEverywhere(gone, goal)) {
        return;
      }
    }
    throw new AssertionError("nothing gets on: " + last.state.phase() + " " + goal);
  }

  private boolean isEverywhere(int from, Lsn goal) {
    for (SimAcceptor acceptor : world.acceptors().subList(from, world.acceptors().size())) {
      if (!acceptor.isUp() || acceptor.state().commitLsn().isBefore(goal)) {
        return false;
      }
    }
    return true;
  }
}
