/// Redo of the resource manager Generic (generic_xlog.h, generic_xlog.c), which index extensions
/// use: each block's data is what changes on the page, byte by byte.
@NullMarked
package dev.argon.redo.generic;

import org.jspecify.annotations.NullMarked;
