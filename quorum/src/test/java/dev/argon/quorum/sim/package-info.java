/// A world for the consensus: acceptors with disks that forget, computes that come and go, a
/// network that misbehaves, and everything that must hold at each moment.
@NullMarked
package dev.argon.quorum.sim;

import org.jspecify.annotations.NullMarked;
