/// Redo of the resource manager BRIN (brin_xlog.h, brin_xlog.c, brin_page.h).
@NullMarked
package dev.argon.redo.brin;

import org.jspecify.annotations.NullMarked;
