/// Compare mode (`neon.debug_compare_local`): whether the pages in the relation files are what the
/// pageserver would give, as far as WAL says what is on them.
///
/// Called by the communicator for readers and for read-ahead, and by the evictor before it drops a
/// page. What must never break: nothing here changes a byte of a page or lets one be dropped. What
/// is left out, and why, is listed in `docs/page-faults.md`.
@NullMarked
package dev.argon.compute.compare;

import org.jspecify.annotations.NullMarked;
