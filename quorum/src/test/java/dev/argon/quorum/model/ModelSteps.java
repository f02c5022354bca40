package dev.argon.quorum.model;

import static dev.argon.quorum.model.ModelBounds.ACCEPTORS;

import dev.argon.postgres.Lsn;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.AcceptorMessage.VoteResponse;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.Term;
import dev.argon.quorum.model.ModelAcceptor.Outcome;
import dev.argon.quorum.model.ModelProposer.Leader;
import dev.argon.quorum.model.ModelProposer.Vote;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// The steps of acceptors and proposers by number. The rules are asked once for each acceptor and
/// message that meet; there are thousands of those in millions of states.
///
/// An answer in which 0 stands for "none" has everything else one higher.
final class ModelSteps {

  private static final int[] NOTHING = {};

  /// So that four of them and two small numbers are one key.
  private static final int VOTES_MAX = 1 << 11;

  /// For a place in a log plus 1.
  private static final int PLACE_BITS = 3;

  private final ModelRules rules;
  private final ModelBounds bounds;
  private final ModelProposer proposer;
  private final Numbering<ModelAcceptor> acceptors = new Numbering<>();
  private final Numbering<Vote> votes = new Numbering<>();
  private final Numbering<Leader> leaders = new Numbering<>();

  private int[] durableTerms = new int[1 << 10];

  private final Memo requested = new Memo();
  private final Memo elected = new Memo();
  private final Memo appended = new Memo();
  private final Memo flushed = new Memo();
  private final IntMemo answered = new IntMemo();
  private final IntMemo heard = new IntMemo();
  private final Memo crashed = new Memo();
  private final IntMemo learned = new IntMemo();
  private final Memo recovered = new Memo();
  private final KeyMemo counted = new KeyMemo();
  private final Memo asked = new Memo();
  private final IntMemo committed = new IntMemo();

  ModelSteps(ModelRules rules, ModelBounds bounds) {
    this.rules = rules;
    this.bounds = bounds;
    proposer = new ModelProposer(rules);
  }

  int initial() {
    return number(ModelAcceptor.initial());
  }

  private int number(ModelAcceptor acceptor) {
    int before = acceptors.size();
    int number = acceptors.of(acceptor);
    if (number == before) {
      acceptor.checkAlone();
      if (number == durableTerms.length) {
        durableTerms = Arrays.copyOf(durableTerms, number * 2);
      }
      durableTerms[number] = (int) acceptor.durable().term().value();
    }
    return number;
  }

  /// The term on an acceptor's disk.
  int durableTerm(int acceptor) {
    return durableTerms[acceptor];
  }

  private int next(int from, ModelAcceptor to) {
    ModelAcceptor before = acceptors.at(from);
    ModelViolation.check(
        !to.state().term().isBefore(before.state().term()),
        "an acceptor goes back from term " + before.state().term() + " to " + to.state().term());
    return number(to);
  }

  ModelAcceptor acceptor(int number) {
    return acceptors.at(number);
  }

  int acceptorCount() {
    return acceptors.size();
  }

  Leader leader(int number) {
    return leaders.at(number);
  }

  /// A vote request meets an acceptor.
  ///
  /// @return pairs: what it becomes, its answer (0: none, or one in a higher term, which ends the
  ///   proposer)
  int[] request(int acceptor, int term) {
    int[] known = requested.get(acceptor, term);
    if (known != null) {
      return known;
    }
    List<Outcome> outcomes =
        acceptors
            .at(acceptor)
            .on(
                rules,
                Letter.of(
                    new ProposerMessage.VoteRequest(ModelAcceptor.GENERATION, new Term(term))));
    int[] pairs = new int[outcomes.size() * 2];
    for (int i = 0; i < outcomes.size(); i++) {
      pairs[2 * i] = next(acceptor, outcomes.get(i).next());
      if (outcomes.get(i).reply().orElse(null) instanceof VoteResponse answer
          && answer.term().value() == term) {
        ModelLog log = outcomes.get(i).next().log();
        int vote = 1 + votes.of(new Vote(answer, log.upTo(ModelLog.count(answer.flushLsn()))));
        ModelViolation.check(vote < VOTES_MAX, "too many kinds of votes for a key");
        pairs[2 * i + 1] = vote;
      }
    }
    return requested.put(acceptor, term, pairs);
  }

  boolean isGranted(int vote) {
    return votes.at(vote - 1).response().granted();
  }

  /// An answer is counted.
  ///
  /// @param state where the numbers of earlier votes are, from `at` on
  /// @return nothing, or the leader's number
  int[] count(int term, int[] state, int at, int acceptor, int answer) {
    long key = term;
    for (int part : new int[] {state[at], state[at + 1], state[at + 2], answer, acceptor}) {
      key = key * VOTES_MAX + part;
    }
    int[] known = counted.get(key);
    if (known != null) {
      return known;
    }
    List<Optional<Vote>> earlier = new ArrayList<>();
    for (int i = 0; i < ACCEPTORS; i++) {
      int vote = state[at + i];
      earlier.add(vote == 0 ? Optional.empty() : Optional.of(votes.at(vote - 1)));
    }
    Optional<Leader> victory =
        proposer.count(new Term(term), earlier, acceptor, votes.at(answer - 1));
    return counted.put(
        key,
        victory.isEmpty() ? NOTHING : new int[] {leaders.of(victory.get().upTo(bounds.entries()))});
  }

  /// An acceptor connects to a leader, which asks it where its log is and then has to tell it where
  /// to cut it.
  ///
  /// @return what it may become
  int[] asked(int acceptor, int leader) {
    int[] known = asked.get(acceptor, leader);
    if (known != null) {
      return known;
    }
    Leader who = leaders.at(leader);
    int[] pairs = request(acceptor, (int) who.term().value());
    IntStream.Builder all = IntStream.builder();
    for (int i = 0; i < pairs.length; i += 2) {
      all.add(pairs[i]);
      if (pairs[i + 1] != 0) {
        VoteResponse answer = votes.at(pairs[i + 1] - 1).response();
        Optional<Lsn> told = proposer.tell(who, answer);
        ModelViolation.check(
            told.isPresent() && !takes(pairs[i], who, told.get()).isEmpty(),
            "an acceptor cannot follow " + who + ": " + acceptors.at(pairs[i]));
      }
    }
    return asked.put(acceptor, leader, others(acceptor, all.build()));
  }

  private List<Outcome> takes(int acceptor, Leader leader, Lsn start) {
    return acceptors
        .at(acceptor)
        .on(
            rules,
            Letter.of(
                new ProposerMessage.Elected(
                    ModelAcceptor.GENERATION, leader.term(), start, leader.history())));
  }

  private static int[] others(int acceptor, IntStream all) {
    return all.filter(next -> next != acceptor).distinct().toArray();
  }

  /// An election is told to an acceptor, with any cut at all.
  ///
  /// @return what it may become
  int[] elected(int acceptor, int leader) {
    int[] known = elected.get(acceptor, leader);
    if (known != null) {
      return known;
    }
    Leader who = leaders.at(leader);
    IntStream.Builder all = IntStream.builder();
    for (int start = 0; start <= who.log().size(); start++) {
      takes(acceptor, who, ModelLog.lsn(start))
          .forEach(outcome -> all.add(next(acceptor, outcome.next())));
    }
    return elected.put(acceptor, leader, others(acceptor, all.build()));
  }

  /// An append of a leader meets an acceptor: any that the leader can ever have sent, so an entry
  /// of any place in its log; or a sign of life, with the commit position of any moment, that is
  /// answered at once.
  ///
  /// @param committed of the leader, 0 for none
  /// @return what it may become
  int[] appended(int acceptor, int leader, int committed) {
    int key = leader << PLACE_BITS | committed;
    int[] known = appended.get(acceptor, key);
    if (known != null) {
      return known;
    }
    IntStream.Builder all = IntStream.builder();
    Leader who = leaders.at(leader);
    for (int at = 0; at < who.log().size(); at++) {
      append(acceptor, who, at, at + 1, 0, !bounds.detailed()).forEach(all);
    }
    for (int commit = who.start() + 1; bounds.detailed() && commit <= committed; commit++) {
      for (int at = 0; at <= who.log().size(); at++) {
        append(acceptor, who, at, at, commit, true).forEach(all);
      }
    }
    return appended.put(acceptor, key, others(acceptor, all.build()));
  }

  /// A leader's sign of life reaches an acceptor that has its log up to the commit position.
  int heard(int acceptor, int leader, int committed) {
    int key = leader << PLACE_BITS | committed;
    int known = heard.get(acceptor, key);
    if (known == IntMemo.NONE) {
      int end = acceptors.at(acceptor).log().size();
      Leader who = leaders.at(leader);
      int after = acceptor;
      if (end >= committed - 1 && end <= who.log().size()) {
        int[] possible = append(acceptor, who, end, end, committed, true).toArray();
        after = possible.length == 0 ? after : possible[possible.length - 1];
      }
      known = heard.put(acceptor, key, after);
    }
    return known;
  }

  private IntStream append(
      int acceptor, Leader leader, int begin, int end, int commit, boolean synced) {
    Letter letter =
        new Letter(
            new ProposerMessage.Append(
                ModelAcceptor.GENERATION,
                leader.term(),
                ModelLog.lsn(begin),
                ModelLog.lsn(end),
                commit == 0 ? Lsn.INVALID : ModelLog.lsn(commit - 1),
                ModelLog.START),
            end == begin ? Optional.empty() : Optional.of(leader.log().at(begin)));
    return acceptors.at(acceptor).append(rules, letter, synced).stream()
        .mapToInt(after -> next(acceptor, after));
  }

  /// An acceptor syncs.
  ///
  /// @return what it may become
  int[] flush(int acceptor) {
    int[] known = flushed.get(0, acceptor);
    if (known != null) {
      return known;
    }
    return flushed.put(
        0,
        acceptor,
        others(
            acceptor,
            acceptors.at(acceptor).flush(rules).stream()
                .mapToInt(outcome -> next(acceptor, outcome.next()))));
  }

  /// What an acceptor answers to a sign of life.
  ///
  /// @return 0 for nothing; else the term times 256 and where its log ends
  int answer(int acceptor) {
    int known = answered.get(0, acceptor);
    if (known == IntMemo.NONE) {
      ModelAcceptor who = acceptors.at(acceptor);
      Optional<AcceptorMessage> reply =
          who.state().hasUnflushed() ? Optional.empty() : who.flush(rules).getLast().reply();
      int answer = 0;
      if (reply.orElse(null) instanceof AcceptorMessage.AppendResponse response) {
        answer = ((int) response.term().value() << 8) + 1 + ModelLog.count(response.flushLsn());
      }
      known = answered.put(0, acceptor, answer);
    }
    return known;
  }

  int[] crashes(int acceptor) {
    int[] known = crashed.get(0, acceptor);
    if (known != null) {
      return known;
    }
    return crashed.put(
        0,
        acceptor,
        others(
            acceptor,
            acceptors.at(acceptor).restarts().stream().mapToInt(after -> next(acceptor, after))));
  }

  int learned(int acceptor, int peer) {
    int known = learned.get(acceptor, peer);
    if (known == IntMemo.NONE) {
      ModelAcceptor after = acceptors.at(acceptor).learnCommit(acceptors.at(peer));
      known = learned.put(acceptor, peer, next(acceptor, after));
    }
    return known;
  }

  int[] recovered(int acceptor, int peer) {
    int[] known = recovered.get(acceptor, peer);
    if (known != null) {
      return known;
    }
    return recovered.put(
        acceptor,
        peer,
        others(
            acceptor,
            acceptors
                .at(acceptor)
                .recoverFrom(rules, acceptors.at(peer), !bounds.detailed())
                .stream()
                .mapToInt(after -> next(acceptor, after))));
  }

  /// What a leader counts as committed.
  ///
  /// @param a what the acceptors have answered, 0 for nothing, as `b` and `c`
  /// @return 0 for nothing
  int committed(int leader, int a, int b, int c) {
    int key = (a << PLACE_BITS | b) << PLACE_BITS | c;
    int known = committed.get(leader, key);
    if (known == IntMemo.NONE) {
      Lsn lsn = proposer.committed(leaders.at(leader), List.of(lsn(a), lsn(b), lsn(c)));
      known = committed.put(leader, key, lsn.isValid() ? 1 + ModelLog.count(lsn) : 0);
    }
    return known;
  }

  private static Optional<Lsn> lsn(int place) {
    return place == 0 ? Optional.empty() : Optional.of(ModelLog.lsn(place - 1));
  }
}
