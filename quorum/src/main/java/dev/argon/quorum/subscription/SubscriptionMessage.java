package dev.argon.quorum.subscription;

import dev.argon.identity.TenantId;
import dev.argon.identity.TimelineId;
import dev.argon.postgres.Lsn;
import java.util.List;

/// What is said over a subscription.
public sealed interface SubscriptionMessage {

  /// From a safekeeper: timelines that have changed.
  record Timelines(List<TimelineUpdate> updates) implements SubscriptionMessage {
    public Timelines {
      updates = List.copyOf(updates);
    }
  }

  /// From a pageserver: how far it has made timelines durable.
  record RemoteConsistent(List<Reached> reached) implements SubscriptionMessage {
    public RemoteConsistent {
      reached = List.copyOf(reached);
    }
  }

  /// One timeline of a pageserver.
  record Reached(TenantId tenant, TimelineId timeline, Lsn lsn) {}

  /// A sign of life.
  record KeepAlive() implements SubscriptionMessage {}
}
