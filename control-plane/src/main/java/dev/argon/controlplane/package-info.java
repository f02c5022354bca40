/// The control plane: one process that knows the projects, branches and endpoints and makes the
/// storage nodes and computes do what that needs. Users reach it through `argon` or its REST API;
/// pageservers ask it for generations.
///
/// [dev.argon.controlplane.metadata] is what it knows, `branch` makes timelines, `endpoint` runs
/// computes, `api` is the HTTP surface, `storage` the clients.
///
/// What must never break: nothing is half visible; a generation is issued once; a branch has one
/// writing endpoint and that one compute at a time; the process itself may die at any moment and
/// computes go on without it.
@NullMarked
package dev.argon.controlplane;

import org.jspecify.annotations.NullMarked;
