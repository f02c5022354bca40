/// Redo of the resource manager Gist (gistxlog.h, gistxlog.c, gist.h).
@NullMarked
package dev.argon.redo.gist;

import org.jspecify.annotations.NullMarked;
