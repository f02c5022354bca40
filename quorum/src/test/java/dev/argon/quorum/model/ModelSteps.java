package dev.argon.quorum.model;

import static dev.argon.quorum.model.ModelBounds.ACCEPTORS;

import dev.argon.postgres.Lsn;
import dev.argon.quorum.AcceptorMessage;
import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.Term;
import dev.argon.quorum.model.ModelAcceptor.Outcome;
import dev.argon.quorum.model.ModelProposer.Leader;
import dev.argon.quorum.model.ModelProposer.Victory;
import dev.argon.quorum.model.ModelProposer.Vote;
import java.util.ArrayList;
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

  private final ModelRules rules;
  private final ModelProposer proposer;
  private final Numbering<ModelAcceptor> acceptors = new Numbering<>();
  private final Numbering<Vote> votes = new Numbering<>();
  private final Numbering<Leader> leaders = new Numbering<>();

  private final Memo requested = new Memo();
  private final Memo elected = new Memo();
  private final Memo appended = new Memo();
  private final Memo flushed = new Memo();
  private final Memo crashed = new Memo();
  private final Memo learned = new Memo();
  private final Memo recovered = new Memo();
  private final Memo counted = new Memo();
  private final Memo told = new Memo();
  private final Memo committed = new Memo();

  ModelSteps(ModelRules rules) {
    this.rules = rules;
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
    }
    return number;
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

  private static long key(long a, long b) {
    return a << 16 | b;
  }

  private static long key(long a, long b, long c) {
    return key(a, b) << 16 | c;
  }

  /// A vote request meets an acceptor.
  ///
  /// @return pairs: what it becomes, its answer (0: none, or one in a higher term, which ends the
  ///   proposer)
  int[] request(int acceptor, int term) {
    long key = key(acceptor, term);
    int[] known = requested.get(key);
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
      if (outcomes.get(i).reply().orElse(null) instanceof AcceptorMessage.VoteResponse answer
          && answer.term().value() == term) {
        ModelLog log = outcomes.get(i).next().log();
        int vote = 1 + votes.of(new Vote(answer, log.upTo(ModelLog.count(answer.flushLsn()))));
        ModelViolation.check(vote < VOTES_MAX, "too many kinds of votes for a key");
        pairs[2 * i + 1] = vote;
      }
    }
    return requested.put(key, pairs);
  }

  boolean isGranted(int vote) {
    return votes.at(vote - 1).response().granted();
  }

  /// An answer is counted.
  ///
  /// @param state where the numbers of earlier votes are, from `at` on
  /// @return nothing, or the leader's number and for each acceptor where its log is to be cut
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
    Optional<Victory> victory =
        proposer.count(new Term(term), earlier, acceptor, votes.at(answer - 1));
    int[] result = NOTHING;
    if (victory.isPresent()) {
      result = new int[1 + ACCEPTORS];
      result[0] = leaders.of(victory.get().leader());
      for (int i = 0; i < ACCEPTORS; i++) {
        result[1 + i] = place(victory.get().told().get(i));
      }
    }
    return counted.put(key, result);
  }

  private static int place(Optional<Lsn> lsn) {
    return lsn.map(at -> 1 + ModelLog.count(at)).orElse(0);
  }

  /// Where a leader tells an acceptor to cut its log that answers late; 0 if it does not.
  int tell(int leader, int answer) {
    long key = key(leader, answer);
    int[] known = told.get(key);
    if (known == null) {
      known =
          told.put(
              key,
              new int[] {
                place(proposer.tell(leaders.at(leader), votes.at(answer - 1).response()))
              });
    }
    return known[0];
  }

  /// An election is told to an acceptor.
  ///
  /// @return what it may become
  int[] elected(int acceptor, int leader, int start) {
    long key = key(acceptor, leader, start);
    int[] known = elected.get(key);
    if (known != null) {
      return known;
    }
    Leader who = leaders.at(leader);
    return elected.put(
        key,
        nexts(
            acceptor,
            Letter.of(
                new ProposerMessage.Elected(
                    ModelAcceptor.GENERATION, who.term(), ModelLog.lsn(start), who.history()))));
  }

  private int[] nexts(int acceptor, Letter letter) {
    return acceptors.at(acceptor).on(rules, letter).stream()
        .mapToInt(outcome -> next(acceptor, outcome.next()))
        .toArray();
  }

  /// An append of a leader meets an acceptor: any that the leader can ever have sent, so one of any
  /// place in its log, or a sign of life, with the commit position of any moment.
  ///
  /// @param committedCount of the leader, 0 for none
  /// @return what it may become
  int[] appended(int acceptor, int leader, int committedCount) {
    long key = key(acceptor, leader, committedCount);
    int[] known = appended.get(key);
    if (known != null) {
      return known;
    }
    IntStream.Builder all = IntStream.builder();
    Leader who = leaders.at(leader);
    for (int commit = 0; commit <= committedCount; commit = commit == 0 ? 1 + who.start() : commit + 1) {
      for (int at = 0; at <= who.log().size(); at++) {
        for (int end = at; end <= Math.min(at + 1, who.log().size()); end++) {
          Letter letter =
              new Letter(
                  new ProposerMessage.Append(
                      ModelAcceptor.GENERATION,
                      who.term(),
                      ModelLog.lsn(at),
                      ModelLog.lsn(end),
                      commit == 0 ? Lsn.INVALID : ModelLog.lsn(commit - 1),
                      ModelLog.START),
                  end == at ? Optional.empty() : Optional.of(who.log().at(at)));
          IntStream.of(nexts(acceptor, letter)).forEach(all);
        }
      }
    }
    return appended.put(key, all.build().filter(next -> next != acceptor).distinct().toArray());
  }

  /// An acceptor syncs and answers.
  ///
  /// @return pairs: what it becomes, its answer (0: none; else the term times 256 and where its log
  ///   ends)
  int[] flush(int acceptor) {
    int[] known = flushed.get(acceptor);
    if (known != null) {
      return known;
    }
    List<Outcome> outcomes = acceptors.at(acceptor).flush(rules);
    int[] pairs = new int[outcomes.size() * 2];
    for (int i = 0; i < outcomes.size(); i++) {
      pairs[2 * i] = next(acceptor, outcomes.get(i).next());
      if (outcomes.get(i).reply().orElse(null) instanceof AcceptorMessage.AppendResponse answer) {
        pairs[2 * i + 1] =
            ((int) answer.term().value() << 8) + 1 + ModelLog.count(answer.flushLsn());
      }
    }
    return flushed.put(acceptor, pairs);
  }

  int[] crashes(int acceptor) {
    int[] known = crashed.get(acceptor);
    if (known != null) {
      return known;
    }
    return crashed.put(
        acceptor,
        acceptors.at(acceptor).crashes().stream()
            .mapToInt(after -> next(acceptor, after))
            .filter(after -> after != acceptor)
            .distinct()
            .toArray());
  }

  int learned(int acceptor, int peer) {
    long key = key(acceptor, peer);
    int[] known = learned.get(key);
    if (known == null) {
      ModelAcceptor after = acceptors.at(acceptor).learnCommit(acceptors.at(peer));
      known = learned.put(key, new int[] {next(acceptor, after)});
    }
    return known[0];
  }

  int[] recovered(int acceptor, int peer) {
    long key = key(acceptor, peer);
    int[] known = recovered.get(key);
    if (known != null) {
      return known;
    }
    return recovered.put(
        key,
        acceptors.at(acceptor).recoverFrom(rules, acceptors.at(peer)).stream()
            .mapToInt(after -> next(acceptor, after))
            .filter(after -> after != acceptor)
            .distinct()
            .toArray());
  }

  /// The leader with one more entry in its log.
  int written(int leader) {
    Leader who = leaders.at(leader);
    return leaders.of(new Leader(who.history(), who.log().with(who.term())));
  }

  /// What a leader counts as committed.
  ///
  /// @param a what the acceptors have answered, 0 for nothing, as `b` and `c`
  /// @return 0 for nothing
  int committed(int leader, int a, int b, int c) {
    long key = key(key(leader, a) << 4 | b, c);
    int[] known = committed.get(key);
    if (known == null) {
      Lsn lsn = proposer.committed(leaders.at(leader), List.of(lsn(a), lsn(b), lsn(c)));
      known = committed.put(key, new int[] {lsn.isValid() ? 1 + ModelLog.count(lsn) : 0});
    }
    return known[0];
  }

  private static Optional<Lsn> lsn(int place) {
    return place == 0 ? Optional.empty() : Optional.of(ModelLog.lsn(place - 1));
  }
}
