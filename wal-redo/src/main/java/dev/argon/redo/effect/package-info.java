/// What a WAL record does to storage as a whole: which blocks it changes, through references and
/// without them, which relations and SLRU pages come and go, and how the checkpoint state moves on.
///
/// The pageserver's ingest is the caller. Nothing here reads a page: an effect that depends on a
/// page's old content is a change that is applied when the page is asked for.
@NullMarked
package dev.argon.redo.effect;

import org.jspecify.annotations.NullMarked;
