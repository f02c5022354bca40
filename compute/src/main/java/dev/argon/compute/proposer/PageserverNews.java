package dev.argon.compute.proposer;

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

  /// A safekeeper has passed this on.
  void heard(PageserverFeedback feedback) {
    if (known.isEmpty() || isNews(feedback, known.get())) {
      known = Optional.of(feedback);
      listener.accept(feedback);
    }
  }

  private static boolean isNews(PageserverFeedback feedback, PageserverFeedback known) {
    return feedback.lastReceivedLsn().isAtLeast(known.lastReceivedLsn())
        && !(feedback.lastReceivedLsn().equals(known.lastReceivedLsn())
            && feedback.diskConsistentLsn().equals(known.diskConsistentLsn())
            && feedback.remoteConsistentLsn().equals(known.remoteConsistentLsn()));
  }
}
