/// The consensus and its storage in virtual time, under one seed: real [ProposerState] and
/// [Timeline] with their control files and WAL, over disks, networks and clocks that are made up
/// and fail in every way we can think of. After each step of a safekeeper and at each word of a
/// proposer it is checked that nothing was promised that does not hold.
///
/// `SimulationTest` runs some seeds in each build, `SimulationRun` runs as many as one likes and
/// keeps a ledger of them.
@NullMarked
package dev.argon.safekeeper.sim;

import dev.argon.quorum.ProposerState;
import dev.argon.safekeeper.timeline.Timeline;
import org.jspecify.annotations.NullMarked;
