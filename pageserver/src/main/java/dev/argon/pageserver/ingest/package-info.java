/// WAL from a safekeeper into timelines: each record is decoded once and what it does is filed
/// under the keys it touches, at the record's end LSN.
///
/// What must never break: a batch of records becomes visible whole or not at all; after any failure
/// ingest goes on from the last record that became visible, with nothing remembered from beyond it;
/// when memory or disk are used up it waits and says so, it never drops anything.
@NullMarked
package dev.argon.pageserver.ingest;

import org.jspecify.annotations.NullMarked;
