/// One timeline of a safekeeper at work: the consensus' state machine with its disk ([Timeline]),
/// what readers wait for ([Progress]) and what they report ([Readers]), who uses the WAL now
/// ([WalUsers]), and the list of all timelines ([Timelines]).
///
/// A timeline tells its [TimelineObserver] of every change; who works beside the streams keeps a
/// set of [ChangedTimelines] and looks at those only. Nobody walks over all timelines at intervals.
@NullMarked
package dev.argon.safekeeper.timeline;

import org.jspecify.annotations.NullMarked;
