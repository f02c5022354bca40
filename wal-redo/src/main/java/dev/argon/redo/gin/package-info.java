/// Redo of the resource manager Gin (ginxlog.h, ginxlog.c, ginblock.h): entry trees, posting trees
/// with compressed posting lists, and the list of pending entries.
@NullMarked
package dev.argon.redo.gin;

import org.jspecify.annotations.NullMarked;
