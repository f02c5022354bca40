/// One timeline of a safekeeper at work: the consensus' state machine with its disk ([Timeline]),
/// what readers wait for ([Progress]) and what they report ([Readers]), and the list of all
/// timelines ([Timelines]).
@NullMarked
package dev.argon.safekeeper.timeline;

import org.jspecify.annotations.NullMarked;
