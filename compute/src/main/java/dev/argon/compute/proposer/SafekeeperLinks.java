package dev.argon.compute.proposer;

import dev.argon.node.HostPort;
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

  SafekeeperLink of(int number) {
    return all.get(number);
  }

  List<SafekeeperLink> present() {
    return present;
  }
}
