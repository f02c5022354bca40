/// Redo of the resource manager SPGist (spgxlog.h, spgxlog.c, spgist_private.h).
@NullMarked
package dev.argon.redo.spgist;

import org.jspecify.annotations.NullMarked;
