/// Redo of the resource managers Heap and Heap2 (heapam_xlog.h, heapam.c, pruneheap.c): heap pages
/// and the visibility map blocks that records reference. Bits of the visibility map that records
/// clear without a reference are not here but in `dev.argon.redo.effect`.
///
/// Called by `dev.argon.redo.Redo` for blocks that no image restored. One class per family of
/// records.
@NullMarked
package dev.argon.redo.heap;

import org.jspecify.annotations.NullMarked;
