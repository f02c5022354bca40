package dev.argon.compute.proposer;

import dev.argon.postgres.Lsn;
import dev.argon.quorum.PageserverFeedback;
import java.util.Optional;
import java.util.function.Consumer;

/// What the pageserver says of itself, told whenever it changes: several safekeepers pass it on,
/// some later than others.
final class PageserverNews {

  private Consumer<PageserverFeedback> listener = feedback -> {};
  private Optional<PageserverFeedback> known = Optional.empty();

  /// From now on tells this listener.
  void tell(Consumer<PageserverFeedback> onNews) {
    listener = onNews;
  }

  /// A safekeeper has passed this on. Each position is the highest that was heard: what the
  /// pageserver said earlier may come later, and none of them goes back.
  void heard(PageserverFeedback feedback) {
    if (known.isEmpty()) {
      tellNew(feedback);
      return;
    }
    PageserverFeedback before = known.get();
    Lsn received = Lsn.max(feedback.lastReceivedLsn(), before.lastReceivedLsn());
    Lsn disk = Lsn.max(feedback.diskConsistentLsn(), before.diskConsistentLsn());
    Lsn remote = Lsn.max(feedback.remoteConsistentLsn(), before.remoteConsistentLsn());
    if (!received.equals(before.lastReceivedLsn())
        || !disk.equals(before.diskConsistentLsn())
        || !remote.equals(before.remoteConsistentLsn())) {
      tellNew(
          new PageserverFeedback(
              feedback.currentTimelineSizeBytes(),
              received,
              disk,
              remote,
              feedback.replyTimeMicros()));
    }
  }

  private void tellNew(PageserverFeedback feedback) {
    known = Optional.of(feedback);
    listener.accept(feedback);
  }
}
