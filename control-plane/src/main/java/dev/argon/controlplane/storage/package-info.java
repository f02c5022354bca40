/// How the control plane talks to pageservers and safekeepers: one client each, the JSON documents
/// they exchange (routes in `docs/interfaces.md`), and what can be concluded from several
/// safekeepers' answers.
///
/// Every request can be repeated: all of them are idempotent, and whoever calls may have died after
/// the last attempt.
@NullMarked
package dev.argon.controlplane.storage;

import org.jspecify.annotations.NullMarked;
