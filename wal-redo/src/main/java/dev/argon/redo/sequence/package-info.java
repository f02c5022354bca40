/// Redo of the resource manager Sequence (sequence.h, sequence.c): a sequence is one page with one
/// tuple, and each record carries it whole.
@NullMarked
package dev.argon.redo.sequence;

import org.jspecify.annotations.NullMarked;
