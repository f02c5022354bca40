/// The safekeepers as sources of WAL: a stream for each timeline that is being written, and for
/// each safekeeper one subscription (`dev.argon.quorum.subscription`) that tells of all timelines.
/// So an idle timeline costs no connection, and one that wakes up is heard of.
///
/// Made by the process's start, used by `ingest`. What must never break: what a subscription told
/// counts only while it is connected; without one a timeline is read as if somebody wrote to it.
@NullMarked
package dev.argon.pageserver.safekeeper;

import org.jspecify.annotations.NullMarked;
