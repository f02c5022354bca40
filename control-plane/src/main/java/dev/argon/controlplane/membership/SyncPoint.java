package dev.argon.controlplane.membership;

import dev.argon.controlplane.storage.LogPosition;
import dev.argon.controlplane.storage.MembershipAnswer;
import java.util.Collection;
import java.util.Collections;

/// What a majority of the old members had under the joint configuration: all that was acknowledged
/// before is at or below the position, and all that is acknowledged after it is on the new members
/// too.
///
/// @param term the highest that one of them is in: no lower one can be won any more
/// @param position the furthest log of them
record SyncPoint(long term, LogPosition position) {

  static SyncPoint of(Collection<MembershipAnswer> answers) {
    return new SyncPoint(
        answers.stream().mapToLong(MembershipAnswer::term).max().orElseThrow(),
        Collections.max(answers.stream().map(MembershipAnswer::position).toList()));
  }

  /// Whether a new member has it all.
  boolean isReachedBy(MembershipAnswer answer) {
    return answer.term() >= term && answer.position().compareTo(position) >= 0;
  }
}
