/// Changing which safekeepers keep a timeline, while it is written to.
///
/// The configuration of each timeline is stored in the metadata with a generation and changes only
/// by compare-and-swap on that. A change goes from one set of members to a joint configuration of
/// both sets, in which everything needs majorities of both, and from there to the new set alone
/// ([MembershipChange] has the steps), or back. What has been stored says what has to be done next:
/// every request can be repeated, so a control plane that died at any point goes on when it starts
/// again, and one that cannot go on leaves a timeline that works.
///
/// Called by the API and by a background thread ([Memberships#resume], [Drains#work]). What must
/// never break: the new members do not take over before a majority of them, and each that was
/// added, has all that a majority of the old ones had under the joint configuration; no node is
/// told to forget a timeline of whose stored configuration it is a member.
@NullMarked
package dev.argon.controlplane.membership;

import org.jspecify.annotations.NullMarked;
