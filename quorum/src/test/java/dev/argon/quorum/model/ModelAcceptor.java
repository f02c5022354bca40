package dev.argon.quorum.model;

import static dev.argon.quorum.model.ModelViolation.check;

import dev.argon.identity.NodeId;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.AcceptorEffect;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.AcceptorState;
import dev.argon.quorum.ControlState;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.quorum.PeerRecovery;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.ServerIdentity;
import dev.argon.quorum.Term;
import dev.argon.quorum.TermHistory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// An acceptor between two inputs. All three believe to be node 1: they differ in nothing else, and
/// so the model can exchange them.
///
/// @param durable its control file
/// @param log what is written, as a reader sees it
/// @param synced so many entries of it survive every crash
record ModelAcceptor(AcceptorState state, ControlState durable, ModelLog log, int synced) {

  static final TenantId TENANT = new TenantId(1, 2);
  static final TimelineId TIMELINE = new TimelineId(3, 4);
  static final ServerIdentity SERVER = new ServerIdentity(150020, 77, 16 << 20);
  static final int GENERATION = 1;
  static final MembershipConfiguration MEMBERSHIP =
      new MembershipConfiguration(GENERATION, List.of(member(1), member(2), member(3)), List.of());

  private static final NodeId NODE = new NodeId(1);

  private static MembershipConfiguration.Member member(int id) {
    return new MembershipConfiguration.Member(new NodeId(id), "sk" + id, 5454);
  }

  /// What came of an input.
  ///
  /// @param reply what was answered, if it came to that
  record Outcome(ModelAcceptor next, Optional<AcceptorMessage> reply) {}

  /// As the control plane has created it.
  static ModelAcceptor initial() {
    return restarted(ControlState.create(MEMBERSHIP, SERVER, ModelLog.START), ModelLog.EMPTY);
  }

  /// All that can come of a message: it is handled, or a crash comes between two of its effects.
  List<Outcome> on(ModelRules rules, Letter letter) {
    return run(rules.on(state, letter.message()), letter.entry());
  }

  List<Outcome> flush(ModelRules rules) {
    return run(rules.flush(state), Optional.empty());
  }

  /// What it becomes with an append.
  ///
  /// @param synced whether it syncs at once; a crash may still come before it
  List<ModelAcceptor> append(ModelRules rules, Letter letter, boolean synced) {
    List<ModelAcceptor> all = new ArrayList<>();
    on(rules, letter).forEach(outcome -> all.add(outcome.next()));
    if (synced && !all.isEmpty()) {
      all.removeLast().flush(rules).forEach(outcome -> all.add(outcome.next()));
    }
    return all;
  }

  private List<Outcome> run(AcceptorState.Step step, Optional<Term> entry) {
    List<Outcome> outcomes = new ArrayList<>();
    ModelAcceptor disk = this;
    Optional<AcceptorMessage> reply = Optional.empty();
    boolean touched = false;
    boolean written = false;
    for (AcceptorEffect effect : step.effects()) {
      if (touched) {
        disk.restarts().forEach(crashed -> outcomes.add(new Outcome(crashed, Optional.empty())));
      }
      switch (effect) {
        case AcceptorEffect.WriteWal(Lsn begin, Lsn _) -> {
          disk = disk.writing(ModelLog.count(begin), entry.orElseThrow());
          written = true;
        }
        case AcceptorEffect.Flush() ->
            disk = new ModelAcceptor(state, disk.durable, disk.log, disk.log.size());
        case AcceptorEffect.TruncateWal(Lsn end) -> {
          ModelLog kept = disk.log.upTo(ModelLog.count(end));
          disk = new ModelAcceptor(state, disk.durable, kept, kept.size());
        }
        case AcceptorEffect.PersistControl(ControlState control) ->
            disk = new ModelAcceptor(state, control, disk.log, disk.synced);
        case AcceptorEffect.Reply(AcceptorMessage message) -> reply = Optional.of(message);
        case AcceptorEffect.Refuse(String _) -> {
          return List.of();
        }
      }
      touched = true;
    }
    ModelAcceptor done =
        new ModelAcceptor(
            written ? step.next().written(disk.log.end()) : step.next(),
            disk.durable,
            disk.log,
            disk.synced);
    if (touched) {
      for (ModelAcceptor crashed : done.restarts()) {
        outcomes.add(new Outcome(crashed, reply));
      }
    }
    outcomes.add(new Outcome(done.checkpointed(), reply));
    return outcomes;
  }

  /// Its control file is brought up to date whenever nothing else happens: that is the hardest case
  /// for what is found after a crash.
  private ModelAcceptor checkpointed() {
    AcceptorState next = state.checkpoint().next();
    return new ModelAcceptor(next, next.control(), log, synced);
  }

  private ModelAcceptor writing(int at, Term entry) {
    return new ModelAcceptor(state, durable, log.upTo(at).with(entry), Math.min(synced, at));
  }

  /// What it can be after a crash: all that was synced is there, of the rest a beginning.
  List<ModelAcceptor> restarts() {
    List<ModelAcceptor> after = new ArrayList<>();
    for (int found = synced; found <= log.size(); found++) {
      after.add(restarted(durable, log.upTo(found)));
    }
    return after;
  }

  private static ModelAcceptor restarted(ControlState control, ModelLog found) {
    try {
      return new ModelAcceptor(
              AcceptorState.restored(NODE, TENANT, TIMELINE, control, found.end()),
              control,
              found,
              found.size())
          .checkpointed();
    } catch (IllegalArgumentException e) {
      throw new ModelViolation("an acceptor does not come up again: " + e.getMessage());
    }
  }

  /// It hears from another one what is committed.
  ModelAcceptor learnCommit(ModelAcceptor peer) {
    AcceptorState next = state.learnCommit(peer.state.lastLogTerm(), peer.state.commitLsn());
    return new ModelAcceptor(next, durable, log, synced).checkpointed();
  }

  /// It is brought up by another one; see [PeerRecovery]. It may stop after each message.
  List<ModelAcceptor> recoverFrom(ModelRules rules, ModelAcceptor peer, boolean synced) {
    Optional<PeerRecovery> plan =
        PeerRecovery.plan(
            state,
            new PeerRecovery.Donor(
                GENERATION,
                peer.state.term(),
                peer.state.control().history().upTo(peer.state.flushLsn()),
                peer.state.flushLsn()));
    if (plan.isEmpty()) {
      return List.of();
    }
    List<ModelAcceptor> reached = new ArrayList<>();
    ModelAcceptor now = this;
    for (ProposerMessage message : plan.get().hello()) {
      List<Outcome> outcomes = now.on(rules, Letter.of(message));
      if (outcomes.isEmpty()) {
        return reached;
      }
      outcomes.forEach(outcome -> reached.add(outcome.next()));
      now = outcomes.getLast().next(); // without a crash
    }
    int end = ModelLog.count(plan.get().toLsn());
    for (int i = ModelLog.count(plan.get().fromLsn()); i < end; i++) {
      Letter letter =
          new Letter(
              new ProposerMessage.Append(
                  GENERATION,
                  plan.get().term(),
                  ModelLog.lsn(i),
                  ModelLog.lsn(i + 1),
                  synced ? Lsn.INVALID : peer.state.commitLsn(),
                  ModelLog.START),
              Optional.of(peer.log.at(i)));
      List<ModelAcceptor> after = now.append(rules, letter, synced);
      reached.addAll(after);
      if (after.isEmpty()) {
        break;
      }
      now = after.getLast();
    }
    return reached;
  }

  /// What must hold of it alone.
  void checkAlone() {
    check(state.writeLsn().equals(log.end()), "the write LSN is not the end of the log: " + this);
    check(synced <= log.size(), "more is synced than written: " + this);
    check(!state.flushLsn().isAfter(state.writeLsn()), "flush above write: " + this);
    check(!state.commitLsn().isAfter(state.flushLsn()), "commit above flush: " + this);
    check(!state.commitLsn().isBefore(ModelLog.START), "commit below the start: " + this);
    List<TermHistory.Entry> entries = state.control().history().entries();
    int entry = 0;
    for (int i = 0; i < log.size(); i++) {
      while (entry + 1 < entries.size() && !entries.get(entry + 1).lsn().isAfter(ModelLog.lsn(i))) {
        entry++;
      }
      check(
          entries.get(entry).term().equals(log.at(i)),
          "entry " + i + " is not of the term its history names: " + this);
      check(i == 0 || !log.at(i).isBefore(log.at(i - 1)), "a log that goes back: " + this);
    }
  }

  @Override
  public String toString() {
    return "term "
        + state.term()
        + (state.term().equals(durable.term()) ? "" : " (on disk " + durable.term() + ")")
        + state.acceptingTerm().map(_ -> " following").orElse("")
        + " log "
        + log
        + " synced "
        + synced
        + " flush "
        + ModelLog.count(state.flushLsn())
        + " commit "
        + ModelLog.count(state.commitLsn())
        + " history "
        + state.control().history();
  }
}
