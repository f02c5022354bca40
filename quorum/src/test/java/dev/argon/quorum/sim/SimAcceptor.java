package dev.argon.quorum.sim;

import dev.argon.identity.NodeId;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.AcceptorEffect;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.AcceptorState;
import dev.argon.quorum.ControlState;
import dev.argon.quorum.ProposerMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// A safekeeper with a disk that forgets what was not synced.
final class SimAcceptor {

  private final NodeId node;
  private final RandomGenerator random;

  // The disk. `log` may have more than `durableEnd`; after a crash some of that may be there.
  private final SimLog log = new SimLog();
  private Lsn durableEnd = SimLog.START;
  private ControlState durableControl;

  /// Empty while it is down.
  private Optional<AcceptorState> state = Optional.empty();

  SimAcceptor(NodeId node, ControlState initial, RandomGenerator random) {
    this.node = node;
    this.random = random;
    durableControl = initial;
  }

  /// What came of an input: answers, or the end of the connection, or a crash in the middle.
  record Outcome(List<AcceptorMessage> replies, boolean refused, boolean crashed) {}

  boolean isUp() {
    return state.isPresent();
  }

  AcceptorState state() {
    return state.orElseThrow();
  }

  NodeId node() {
    return node;
  }

  ControlState durableControl() {
    return durableControl;
  }

  SimLog log() {
    return log;
  }

  Lsn durableEnd() {
    return durableEnd;
  }

  void start() {
    Lsn end = log.recordEnd(log.end());
    log.truncate(end);
    durableEnd = end;
    state =
        Optional.of(
            AcceptorState.restored(node, SimWorld.TENANT, SimWorld.TIMELINE, durableControl, end));
  }

  /// Power goes: of what was not synced some beginning may survive.
  void crash() {
    state = Optional.empty();
    int unsynced = SimLog.indexOf(log.end()) - SimLog.indexOf(durableEnd);
    if (unsynced > 0) {
      log.truncate(durableEnd.plus((long) random.nextInt(unsynced + 1) * Cell.BYTES));
    }
  }

  Outcome handle(ProposerMessage message, List<Cell> cells, boolean mayCrash) {
    AcceptorState before = state();
    AcceptorState.Step step = before.on(message);
    Outcome outcome = run(step, cells, mayCrash);
    if (!outcome.crashed && !outcome.refused) {
      if (step.effects().stream().anyMatch(AcceptorEffect.WriteWal.class::isInstance)) {
        state = Optional.of(state().written(log.recordEnd(log.end())));
      }
    }
    return outcome;
  }

  Outcome flush(boolean mayCrash) {
    return run(state().flush(), List.of(), mayCrash);
  }

  void checkpoint() {
    run(state().checkpoint(), List.of(), false);
  }

  void learnCommit(SimAcceptor peer) {
    state = Optional.of(state().learnCommit(peer.state().lastLogTerm(), peer.state().commitLsn()));
  }

  private Outcome run(AcceptorState.Step step, List<Cell> cells, boolean mayCrash) {
    List<AcceptorMessage> replies = new ArrayList<>();
    for (AcceptorEffect effect : step.effects()) {
      if (mayCrash && random.nextInt(4) == 0) {
        crash();
        return new Outcome(replies, false, true);
      }
      switch (effect) {
        case AcceptorEffect.WriteWal(Lsn begin, Lsn _) -> log.write(begin, cells);
        case AcceptorEffect.Flush() -> durableEnd = log.end();
        case AcceptorEffect.TruncateWal(Lsn end) -> {
          log.truncate(end);
          durableEnd = end;
        }
        case AcceptorEffect.PersistControl(ControlState control) -> durableControl = control;
        case AcceptorEffect.Reply(AcceptorMessage message) -> replies.add(message);
        case AcceptorEffect.Refuse(String _) -> {
          return new Outcome(replies, true, false);
        }
      }
    }
    state = Optional.of(step.next());
    return new Outcome(replies, false, false);
  }
}
