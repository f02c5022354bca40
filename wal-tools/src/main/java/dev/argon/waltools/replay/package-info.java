/// Replays WAL onto a data directory that it does not change, as PostgreSQL's recovery does, and
/// compares pages with the images that the log carries for that purpose.
///
/// `wal verify` is the caller. One thread, the dispatcher, reads the log and finds the memory of
/// each page ([PageCache]); it applies what a record does to its share of the pages and hands the
/// rest to workers, page by page, in batches. Everything that is not a page (files as wholes,
/// SLRUs, relation maps, prepared transactions) is the dispatcher's ([ClusterState]).
///
/// Never to break: the base is only read; every page sees its records in the order of the log;
/// whatever PostgreSQL would stop for is a [Finding].
@NullMarked
package dev.argon.waltools.replay;

import org.jspecify.annotations.NullMarked;
