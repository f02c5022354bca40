package dev.argon.compute.proposer;

import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.ProposerState;

/// Which safekeepers get new WAL at once, and which ones a little later.
///
/// Safekeepers on one machine share its disk and processors: three syncs at a time take half as
/// long again as two. There WAL goes at once to as many as make a quorum, to those that have most
/// of it; the others get what has gathered with the next announcement, some milliseconds later. Who
/// is still behind when the next WAL comes changes places with one of the others. Safekeepers on
/// machines of their own all get everything at once.
///
/// For the loop's thread.
final class Turns {

  private final ProposerState state;
  private final SafekeeperLinks links;

  Turns(ProposerState state, SafekeeperLinks links) {
    this.state = state;
    this.links = links;
  }

  /// Whether a safekeeper that lacks WAL below `endLsn` is to get it now.
  boolean isDue(SafekeeperLink safekeeper, long endLsn) {
    long lacks = endLsn - safekeeper.sentLsn;
    return lacks != 0
        && (!links.shareMachine()
            || lacks >= ProposerMessage.Append.BYTES_MAX
            || state.membership().isJoint()
            || ahead(safekeeper) <= state.membership().members().size() / 2);
  }

  /// How many others have more, or as much and a lower number.
  private int ahead(SafekeeperLink safekeeper) {
    int count = 0;
    for (SafekeeperLink other : links.present()) {
      if (state.isActive(other.index)) {
        int order = state.flushLsn(other.index).compareTo(state.flushLsn(safekeeper.index));
        if (order > 0 || (order == 0 && other.index < safekeeper.index)) {
          count++;
        }
      }
    }
    return count;
  }
}
