/// What both COPY streams of a safekeeper have in common: how they end, what their peers hear of
/// it, and whose log lines are whose. `push` and `send` run their streams through [CopyBothStream].
///
/// What must never break:
/// - a stream has one end, the first thing that went wrong or was asked for, and one log line for
///   it: `terminated: <reason>`, in the context of its connection and timeline;
/// - what the peer hears depends on the [StreamEnd] alone; the whole chain of causes is in it;
/// - once a stream has ended its connection is closed, and nothing waits for the peer again.
@NullMarked
package dev.argon.safekeeper.stream;

import org.jspecify.annotations.NullMarked;
