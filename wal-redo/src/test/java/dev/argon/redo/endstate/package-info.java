/// Compares the data directory a replay wrote with the one the server left after a clean stop: what
/// images in the log prove (pages under masks) and what they do not (visibility maps, SLRUs,
/// relation maps, prepared transactions, file lengths, sequences).
@NullMarked
package dev.argon.redo.endstate;

import org.jspecify.annotations.NullMarked;
