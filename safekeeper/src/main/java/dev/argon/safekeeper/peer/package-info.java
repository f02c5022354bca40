/// What this safekeeper tells other storage nodes about its timelines and hears from them: one
/// subscription for each node (the bytes are `dev.argon.quorum.subscription`'s). From peers it
/// learns commit LSNs where no proposer tells them, how far WAL is archived and consumed, and that
/// a peer is ahead; then, if no proposer comes, it fetches the WAL from that peer.
///
/// Called by the process's start and by the PostgreSQL surface (`SUBSCRIBE`). A timeline on which
/// nothing happens costs nothing here. What must never break: what is heard only ever raises
/// positions, and only as far as the local log proves it.
@NullMarked
package dev.argon.safekeeper.peer;

import org.jspecify.annotations.NullMarked;
