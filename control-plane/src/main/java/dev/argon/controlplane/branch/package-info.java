/// Making and deleting projects and branches over the storage nodes.
///
/// Each is a row in the metadata first, in state `init`, then a series of requests that can all be
/// repeated, then state `ready`. A control plane that died in between goes on with the series when
/// it starts again; a series that can never succeed is undone. So nobody sees half a branch.
///
/// A branch needs a majority of its safekeepers to be made; the rest are told as soon as they
/// answer. What must never break: a safekeeper that has once confirmed a branch is never told to
/// make it again.
@NullMarked
package dev.argon.controlplane.branch;

import org.jspecify.annotations.NullMarked;
