package dev.argon.compute.proposer;

import dev.argon.node.HostPort;
import dev.argon.quorum.HotStandbyFeedback;
import java.util.ArrayList;
import java.util.List;

/// The safekeepers of a proposer by their numbers, which are never given to another one. Changed by
/// the loop's thread; [#present] may be asked by any.
final class SafekeeperLinks {

  private final List<SafekeeperLink> all = new ArrayList<>();

  /// Those that belong to the timeline now. Replaced as a whole.
  private volatile List<SafekeeperLink> present = List.of();

  private boolean shareMachine;

  SafekeeperLinks(List<HostPort> addresses) {
    addresses.forEach(this::add);
  }

  SafekeeperLink add(HostPort address) {
    SafekeeperLink link = new SafekeeperLink(all.size(), address);
    all.add(link);
    sift();
    return link;
  }

  /// The safekeeper is no member any more.
  void remove(SafekeeperLink link) {
    link.left = true;
    sift();
  }

  private void sift() {
    present = all.stream().filter(link -> !link.left).toList();
    shareMachine = present.stream().map(link -> link.address.host()).distinct().count() == 1;
  }

  /// Whether all are at one host.
  boolean shareMachine() {
    return shareMachine;
  }

  /// What standbys need, wherever they read.
  HotStandbyFeedback standbyNeeds() {
    HotStandbyFeedback all = HotStandbyFeedback.NONE;
    for (SafekeeperLink link : present) {
      HotStandbyFeedback one = link.standbys;
      all =
          new HotStandbyFeedback(
              Math.max(all.timestampMicros(), one.timestampMicros()),
              older(all.xmin(), one.xmin()),
              older(all.catalogXmin(), one.catalogXmin()));
    }
    return all;
  }

  /// 0 stands for none.
  private static long older(long one, long other) {
    return one == 0 || (other != 0 && other < one) ? other : one;
  }

  SafekeeperLink of(int number) {
    return all.get(number);
  }

  List<SafekeeperLink> present() {
    return present;
  }
}
