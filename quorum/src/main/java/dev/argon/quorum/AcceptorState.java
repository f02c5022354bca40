package dev.argon.quorum;

import dev.argon.identity.NodeId;
import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.AcceptorEffect.Flush;
import dev.argon.quorum.AcceptorEffect.PersistControl;
import dev.argon.quorum.AcceptorEffect.Refuse;
import dev.argon.quorum.AcceptorEffect.Reply;
import dev.argon.quorum.AcceptorEffect.TruncateWal;
import dev.argon.quorum.AcceptorEffect.WriteWal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One safekeeper's part in the consensus about one timeline. Immutable: each input gives the next
/// state and the effects the driver owes (see [AcceptorEffect] for their order).
///
/// How it is driven:
/// - a message of a proposer goes to [#on];
/// - after the effect [WriteWal] the driver says with [#written] where the last whole record in its
///   log ends; when no more input waits it calls [#flush] and so sends the answer for all of it;
/// - [#changeMembership] and [#bumpTerm] come from the control plane while members are exchanged;
/// - after a restart it begins with [#restored], from the control file and the WAL found intact.
///
/// Relations that hold always: `timelineStart <= commit <= flush <= recordEnd <= write`; the log up
/// to `flush` is the one that `history.upTo(flush)` tells of; `acceptingTerm`, if there is one,
/// equals the term and is the history's last.
///
/// @param control what is to be in the control file; its flush and commit LSN are brought up to
///   date only when it is worth a write
/// @param acceptingTerm the term whose leader has told us of its election since we started; only
///   its appends are taken
/// @param writeLsn the end of the bytes in the log
/// @param recordEndLsn the end of the last whole record in the log
/// @param flushLsn the end of the last whole record that is durable
/// @param commitLsn committed and durable here
/// @param knownCommitLsn committed according to the leader; may be above our log
public record AcceptorState(
    NodeId node,
    TenantId tenant,
    TimelineId timeline,
    ControlState control,
    Optional<Term> acceptingTerm,
    Lsn writeLsn,
    Lsn recordEndLsn,
    Lsn flushLsn,
    Lsn commitLsn,
    Lsn knownCommitLsn,
    Lsn truncateLsn) {

  /// The next state, and what is owed for it.
  public record Step(AcceptorState next, List<AcceptorEffect> effects) {}

  /// The state after a start.
  ///
  /// @param control from the control file
  /// @param flushLsn the end of the last whole record found on disk, all synced
  /// @throws IllegalArgumentException if less was found than was durable: that is corruption, and
  ///   such a log must not vote
  public static AcceptorState restored(
      NodeId node, TenantId tenant, TimelineId timeline, ControlState control, Lsn flushLsn) {
    if (flushLsn.isBefore(control.flushLsn()) || flushLsn.isBefore(control.commitLsn())) {
      throw new IllegalArgumentException(
          "the log ends at " + flushLsn + " but was durable up to " + control.flushLsn());
    }
    return new AcceptorState(
        node,
        tenant,
        timeline,
        control,
        Optional.empty(),
        flushLsn,
        flushLsn,
        flushLsn,
        control.commitLsn(),
        control.commitLsn(),
        control.truncateLsn());
  }

  public Term term() {
    return control.term();
  }

  /// The term that wrote the end of the log.
  public Term lastLogTerm() {
    return control.history().lastLogTerm(flushLsn);
  }

  /// Whether bytes or answers wait for [#flush].
  public boolean hasUnflushed() {
    return !recordEndLsn.equals(flushLsn);
  }

  /// Takes a message of a proposer.
  public Step on(ProposerMessage message) {
    if (generation() > 0 && !control.membership().contains(node)) {
      return refuse("safekeeper " + node + " is no member in its generation " + generation());
    }
    return switch (message) {
      case ProposerMessage.Greeting greeting -> onGreeting(greeting);
      case ProposerMessage.VoteRequest request -> onVoteRequest(request);
      case ProposerMessage.Elected elected -> onElected(elected);
      case ProposerMessage.Append append -> onAppend(append);
    };
  }

  private Step onGreeting(ProposerMessage.Greeting greeting) {
    if (!greeting.tenant().equals(tenant) || !greeting.timeline().equals(timeline)) {
      return refuse(
          "the greeting is for timeline " + greeting.tenant() + '/' + greeting.timeline());
    }
    String difference = control.server().differenceTo(greeting.server());
    if (!difference.isEmpty()) {
      return refuse("the WAL is of another server: " + difference);
    }
    MembershipConfiguration offered = greeting.membership();
    List<AcceptorEffect> effects = new ArrayList<>();
    AcceptorState next = this;
    if (offered.generation() > control.membership().generation()) {
      if (!offered.contains(node)) {
        return refuse("safekeeper " + node + " is no member in generation " + offered.generation());
      }
      next = withControl(control.withMembership(offered));
      effects.add(new PersistControl(next.control));
    }
    effects.add(
        new Reply(new AcceptorMessage.Greeting(node, next.control.membership(), next.term())));
    return new Step(next, effects);
  }

  /// Takes over a configuration from the control plane. From then on nothing of a lower generation
  /// is taken or answered; where this acceptor was at that moment is to be read from the next state
  /// ([#term], [#lastLogTerm], [#flushLsn]) and reported once the effects are done. The same
  /// configuration again changes nothing.
  ///
  /// Refused are a lower generation, another configuration of the same generation, and one in which
  /// this node is no member.
  public Step changeMembership(MembershipConfiguration newer) {
    if (newer.equals(control.membership())) {
      return new Step(this, List.of());
    }
    if (newer.generation() <= generation()) {
      return refuse(
          "membership generation "
              + newer.generation()
              + " is no news, this safekeeper's is "
              + generation());
    }
    if (!newer.contains(node)) {
      return refuse("safekeeper " + node + " is no member in generation " + newer.generation());
    }
    AcceptorState next = withControl(currentControl().withMembership(newer));
    return new Step(next, List.of(new PersistControl(next.control)));
  }

  /// Promises to follow nobody below `atLeast`, as a vote for nobody would. Changes nothing if the
  /// term is there already.
  public Step bumpTerm(Term atLeast) {
    if (!term().isBefore(atLeast)) {
      return new Step(this, List.of());
    }
    List<AcceptorEffect> effects = new ArrayList<>();
    if (hasUnflushed()) {
      effects.add(new Flush());
    }
    AcceptorState next = promised(atLeast);
    effects.add(new PersistControl(next.control));
    return new Step(next, effects);
  }

  private AcceptorState promised(Term higher) {
    AcceptorState next = flushed();
    return next.withControl(next.currentControl().withTerm(higher)).stopAccepting();
  }

  private Step onVoteRequest(ProposerMessage.VoteRequest request) {
    if (request.generation() != generation()) {
      return refuseGeneration(request.generation());
    }
    List<AcceptorEffect> effects = new ArrayList<>();
    AcceptorState next = flushed();
    if (hasUnflushed()) {
      effects.add(new Flush());
    }
    boolean granted = term().isBefore(request.term());
    if (granted) {
      next = promised(request.term());
      effects.add(new PersistControl(next.control));
    }
    effects.add(
        new Reply(
            new AcceptorMessage.VoteResponse(
                generation(),
                next.term(),
                granted,
                next.flushLsn,
                next.truncateLsn,
                next.control.history().upTo(next.flushLsn))));
    return new Step(next, effects);
  }

  private Step onElected(ProposerMessage.Elected elected) {
    if (elected.generation() != generation()) {
      return refuseGeneration(elected.generation());
    }
    if (elected.term().isBefore(term())) {
      return new Step(this, List.of()); // its first append will be told the higher term
    }
    if (elected.history().isEmpty() || !elected.history().lastTerm().equals(elected.term())) {
      return refuse("the history " + elected.history() + " is not that of term " + elected.term());
    }
    Lsn start = elected.startStreamingAt();
    AcceptorState flushed = flushed();
    Lsn common;
    try {
      common = elected.history().highestCommonPoint(control.history(), flushed.flushLsn);
    } catch (IllegalStateException e) {
      return refuse(String.valueOf(e.getMessage())); // it is the proposer who is wrong
    }
    if (!common.equals(start)) {
      return refuse("streaming would start at " + start + " but the logs part at " + common);
    }
    if (start.isBefore(commitLsn)) {
      return refuse("the log would be cut at " + start + ", below what is committed: " + commitLsn);
    }
    List<AcceptorEffect> effects = new ArrayList<>();
    if (hasUnflushed()) {
      effects.add(new Flush());
    }
    ControlState raised = flushed.currentControl().withTerm(elected.term());
    if (start.isBefore(writeLsn)) {
      // A crash may come right after the cut: then the shorter log must not look like a loss, and
      // the leader of a lower term must not fill it up again.
      effects.add(new PersistControl(raised.withPositions(start, commitLsn, truncateLsn)));
      effects.add(new TruncateWal(start));
    }
    ControlState newControl =
        raised.withHistory(elected.history()).withPositions(start, commitLsn, truncateLsn);
    effects.add(new PersistControl(newControl));
    AcceptorState next =
        new AcceptorState(
            node,
            tenant,
            timeline,
            newControl,
            Optional.of(elected.term()),
            start,
            start,
            start,
            commitLsn,
            commitLsn,
            truncateLsn);
    return new Step(next, effects);
  }

  private Step onAppend(ProposerMessage.Append append) {
    if (append.generation() != generation()) {
      return refuseGeneration(append.generation());
    }
    if (append.term().isBefore(term())) {
      return new Step(this, List.of(new Reply(higherTerm())));
    }
    if (!acceptingTerm.equals(Optional.of(append.term()))) {
      return refuse("an append of term " + append.term() + " before its election was told");
    }
    if (!append.beginLsn().equals(writeLsn)) {
      return refuse("an append at " + append.beginLsn() + " to a log that ends at " + writeLsn);
    }
    AcceptorState next =
        new AcceptorState(
            node,
            tenant,
            timeline,
            control,
            acceptingTerm,
            append.endLsn(),
            recordEndLsn,
            flushLsn,
            commitLsn,
            Lsn.max(knownCommitLsn, append.commitLsn()),
            Lsn.max(truncateLsn, append.truncateLsn()));
    return append.endLsn().equals(append.beginLsn())
        ? new Step(next, List.of())
        : new Step(next, List.of(new WriteWal(append.beginLsn(), append.endLsn())));
  }

  /// Tells where the last whole record in the log ends now that an append was written.
  ///
  /// @throws IllegalArgumentException if that lies outside of what was written
  public AcceptorState written(Lsn newRecordEndLsn) {
    if (newRecordEndLsn.isBefore(recordEndLsn) || newRecordEndLsn.isAfter(writeLsn)) {
      throw new IllegalArgumentException(
          "a record end at " + newRecordEndLsn + " in a log up to " + writeLsn);
    }
    return new AcceptorState(
        node,
        tenant,
        timeline,
        control,
        acceptingTerm,
        writeLsn,
        newRecordEndLsn,
        flushLsn,
        commitLsn,
        knownCommitLsn,
        truncateLsn);
  }

  /// Makes all that was written durable and answers for it. Also the answer to appends without WAL.
  public Step flush() {
    List<AcceptorEffect> effects = new ArrayList<>();
    AcceptorState next = flushed();
    if (hasUnflushed()) {
      effects.add(new Flush());
    }
    Lsn termStart = control.history().entries().getLast().lsn();
    next = next.withCommit(Lsn.min(Lsn.max(knownCommitLsn, commitLsn), next.flushLsn));
    if (control.commitLsn().isBefore(termStart) && next.commitLsn.isAtLeast(termStart)) {
      next = next.withControl(next.currentControl());
      effects.add(new PersistControl(next.control));
    }
    if (acceptingTerm.isPresent()) {
      effects.add(
          new Reply(
              new AcceptorMessage.AppendResponse(
                  generation(),
                  term(),
                  next.flushLsn,
                  next.commitLsn,
                  HotStandbyFeedback.NONE,
                  Optional.empty())));
    }
    return new Step(next, effects);
  }

  /// Gives up what was appended by the current leader's connection beyond the last whole record:
  /// the connection ended in a way that leaves it open what was written. Appends are taken again
  /// after the next [ProposerMessage.Elected].
  public AcceptorState abandon() {
    return stopAccepting();
  }

  /// Takes over what another member knows to be committed. Only if both logs were written last in
  /// the same term is one a prefix of the other; else this changes nothing.
  public AcceptorState learnCommit(Term peerLastLogTerm, Lsn peerCommitLsn) {
    return peerLastLogTerm.equals(lastLogTerm())
        ? withCommit(Lsn.max(commitLsn, Lsn.min(peerCommitLsn, flushLsn)))
        : this;
  }

  /// Brings the control state up to date, to be written down.
  public Step checkpoint() {
    AcceptorState next = withControl(currentControl());
    return next.control.equals(control)
        ? new Step(this, List.of())
        : new Step(next, List.of(new PersistControl(next.control)));
  }

  /// Notes how far others have made the WAL durable; never goes back.
  public AcceptorState withRetention(Lsn remoteConsistentLsn, Lsn backupLsn) {
    return withControl(
        control.withRetention(
            Lsn.max(control.remoteConsistentLsn(), remoteConsistentLsn),
            Lsn.max(control.backupLsn(), backupLsn)));
  }

  private int generation() {
    return control.membership().generation();
  }

  private AcceptorMessage higherTerm() {
    return new AcceptorMessage.AppendResponse(
        generation(), term(), Lsn.INVALID, Lsn.INVALID, HotStandbyFeedback.NONE, Optional.empty());
  }

  private Step refuse(String reason) {
    return new Step(this, List.of(new Refuse(reason)));
  }

  private Step refuseGeneration(int generation) {
    return refuse(
        "membership generation " + generation + ", but this safekeeper's is " + generation());
  }

  private ControlState currentControl() {
    return control.withPositions(flushLsn, commitLsn, truncateLsn);
  }

  private AcceptorState flushed() {
    return hasUnflushed()
        ? new AcceptorState(
            node,
            tenant,
            timeline,
            control,
            acceptingTerm,
            writeLsn,
            recordEndLsn,
            recordEndLsn,
            commitLsn,
            knownCommitLsn,
            truncateLsn)
        : this;
  }

  private AcceptorState withControl(ControlState newControl) {
    return new AcceptorState(
        node,
        tenant,
        timeline,
        newControl,
        acceptingTerm,
        writeLsn,
        recordEndLsn,
        flushLsn,
        commitLsn,
        knownCommitLsn,
        truncateLsn);
  }

  private AcceptorState withCommit(Lsn newCommitLsn) {
    return new AcceptorState(
        node,
        tenant,
        timeline,
        control,
        acceptingTerm,
        writeLsn,
        recordEndLsn,
        flushLsn,
        newCommitLsn,
        knownCommitLsn,
        truncateLsn);
  }

  private AcceptorState stopAccepting() {
    return new AcceptorState(
        node,
        tenant,
        timeline,
        control,
        Optional.empty(),
        writeLsn,
        recordEndLsn,
        flushLsn,
        commitLsn,
        knownCommitLsn,
        truncateLsn);
  }
}
