/// Redo of the resource manager Hash (hash_xlog.h, hash_xlog.c, hash.h).
@NullMarked
package dev.argon.redo.hash;

import org.jspecify.annotations.NullMarked;
