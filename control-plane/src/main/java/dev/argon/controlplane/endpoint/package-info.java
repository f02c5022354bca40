/// Running computes: one process for each endpoint that shall run.
///
/// Idea: an endpoint has a directory, and each start gets a new directory `start-N` in it, because
/// a compute never comes back to an old one. [EndpointLoop] compares what is wanted (in the
/// metadata) with what runs, and starts or stops; a compute that died is started again after a
/// pause, one that was fenced by a newer one is not. Computes outlive the control plane: after a
/// restart it finds them by `launch.json` and goes on watching.
///
/// What must never break: before a start nothing of the start before is left running; who asked to
/// stop an endpoint does not see it come back.
@NullMarked
package dev.argon.controlplane.endpoint;

import org.jspecify.annotations.NullMarked;
