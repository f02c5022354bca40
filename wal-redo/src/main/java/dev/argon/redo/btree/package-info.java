/// Redo of the resource manager Btree (nbtxlog.h, nbtxlog.c, nbtdedup.c).
///
/// Called by `dev.argon.redo.Redo` for blocks that no image restored. One class per family of
/// records. No page's redo needs another page: a split's right half is in the record, its left half
/// is made from the old page, the new item and the new high key in the record.
@NullMarked
package dev.argon.redo.btree;

import org.jspecify.annotations.NullMarked;
