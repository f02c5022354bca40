package dev.argon.safekeeper.peer;

import dev.argon.identity.NodeId;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.AcceptorState;
import dev.argon.quorum.ControlState;
import dev.argon.quorum.subscription.Subscriber;
import dev.argon.quorum.subscription.SubscriptionMessage;
import dev.argon.quorum.subscription.TimelineUpdate;
import dev.argon.safekeeper.TimelineKey;
import dev.argon.safekeeper.timeline.ChangedTimelines;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.Timelines;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// What all subscriptions of this safekeeper share: who is to hear of changes, and what was heard
/// from whom. For any number of threads.
public final class Hub {

  private final Timelines timelines;

  /// Timelines on which a peer is ahead of us.
  private final ChangedTimelines behind = new ChangedTimelines();

  private final List<Session> sessions = new CopyOnWriteArrayList<>();

  /// What peers told last, by timeline and peer; only of timelines that are here.
  private final Map<TimelineKey, Map<NodeId, TimelineUpdate>> heard = new ConcurrentHashMap<>();

  public Hub(Timelines timelines) {
    this.timelines = timelines;
  }

  /// A timeline has changed; as `TimelineObserver.changed`.
  public void changed(Timeline timeline) {
    for (Session session : sessions) {
      session.changed(timeline);
    }
  }

  /// Timelines on which a peer was ahead when it was heard last.
  ChangedTimelines behind() {
    return behind;
  }

  void enter(Session session) {
    sessions.add(session);
    timelines.usable().forEach(session::changed);
  }

  void leave(Session session) {
    sessions.remove(session);
  }

  /// Whether a node is connected now.
  public boolean isConnected(Subscriber other) {
    return sessions.stream().anyMatch(session -> session.other().equals(other));
  }

  /// The nodes that are connected now.
  public List<Subscriber> connected() {
    return sessions.stream().map(Session::other).toList();
  }

  /// What peers told of a timeline last.
  public Map<NodeId, TimelineUpdate> heardOf(TimelineKey key) {
    return Map.copyOf(heard.getOrDefault(key, Map.of()));
  }

  /// What is told to `other`; empty if it is not concerned.
  Optional<TimelineUpdate> tell(Timeline timeline, Subscriber other) {
    AcceptorState state = timeline.state();
    ControlState control = state.control();
    if (!timelines.isCurrent(timeline)
        || (other.kind() == Subscriber.Kind.SAFEKEEPER
            && !control.membership().contains(other.node()))) {
      return Optional.empty();
    }
    return Optional.of(
        new TimelineUpdate(
            timeline.key().tenant(),
            timeline.key().timeline(),
            control.membership().generation(),
            state.term(),
            state.lastLogTerm(),
            state.flushLsn(),
            state.commitLsn(),
            control.backupLsn(),
            control.remoteConsistentLsn(),
            state.truncateLsn(),
            timeline.users().hasReceiver()));
  }

  /// Takes what another node says.
  void hear(Subscriber other, SubscriptionMessage message) {
    switch (message) {
      case SubscriptionMessage.Timelines(List<TimelineUpdate> updates) -> {
        for (TimelineUpdate update : updates) {
          Timeline timeline = usable(new TimelineKey(update.tenant(), update.timeline()));
          if (timeline != null) {
            hear(other, timeline, update);
          }
        }
      }
      case SubscriptionMessage.RemoteConsistent(List<SubscriptionMessage.Reached> all) -> {
        for (SubscriptionMessage.Reached reached : all) {
          Timeline timeline = usable(new TimelineKey(reached.tenant(), reached.timeline()));
          if (timeline != null) {
            timeline.learnRetention(reached.lsn(), Lsn.INVALID);
          }
        }
      }
      case SubscriptionMessage.KeepAlive() -> {}
    }
  }

  private @Nullable Timeline usable(TimelineKey key) {
    return timelines.slots().get(key) instanceof Timelines.Slot.Usable(Timeline timeline)
        ? timeline
        : null;
  }

  private void hear(Subscriber other, Timeline timeline, TimelineUpdate update) {
    if (!timeline.state().control().membership().contains(other.node())) {
      return; // who is no member (any more) has nothing to say
    }
    heard.computeIfAbsent(timeline.key(), _ -> new ConcurrentHashMap<>()).put(other.node(), update);
    timeline.learnCommit(update.lastLogTerm(), update.commitLsn());
    timeline.learnRetention(update.remoteConsistentLsn(), update.backupLsn());
    if (isAhead(update, timeline.state())) {
      behind.add(timeline);
    }
  }

  static boolean isAhead(TimelineUpdate update, AcceptorState state) {
    int byTerm = update.lastLogTerm().compareTo(state.lastLogTerm());
    return byTerm > 0 || (byTerm == 0 && update.flushLsn().isAfter(state.flushLsn()));
  }

  /// The peers that were ahead of us when they were heard last, the one furthest ahead first.
  List<NodeId> donors(Timeline timeline) {
    AcceptorState state = timeline.state();
    List<Map.Entry<NodeId, TimelineUpdate>> ahead = new ArrayList<>();
    for (Map.Entry<NodeId, TimelineUpdate> entry : heardOf(timeline.key()).entrySet()) {
      if (isAhead(entry.getValue(), state)) {
        ahead.add(entry);
      }
    }
    ahead.sort((a, b) -> {
      int byTerm = b.getValue().lastLogTerm().compareTo(a.getValue().lastLogTerm());
      return byTerm != 0 ? byTerm : b.getValue().flushLsn().compareTo(a.getValue().flushLsn());
    });
    return ahead.stream().map(Map.Entry::getKey).toList();
  }

  /// Forgets what was heard of timelines that are gone.
  void forgetGone() {
    heard.keySet().removeIf(key -> usable(key) == null);
  }
}
