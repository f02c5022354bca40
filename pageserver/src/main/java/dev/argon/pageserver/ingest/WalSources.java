package dev.argon.pageserver.ingest;

import dev.argon.pageserver.timeline.Membership;
import java.util.List;

/// Where the WAL of a timeline with some members can be read.
@FunctionalInterface
public interface WalSources {

  List<WalSource> of(Membership membership);

  /// The members themselves.
  static WalSources safekeepers() {
    return membership ->
        membership.memberList().stream().<WalSource>map(SafekeeperSource::new).toList();
  }
}
