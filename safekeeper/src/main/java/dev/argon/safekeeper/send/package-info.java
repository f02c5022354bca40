/// START_REPLICATION: WAL for those who read it, as a stock server streams it: pageservers,
/// standbys, `pg_receivewal`, and proposers that bring another safekeeper up to date; and the small
/// commands that such clients ask before (see [ReplicationCommands]).
///
/// Readers get what is committed; with `(term='N')` what is durable here, as long as the term is N.
/// With the startup option `argon_terms=on` a message `t`, u64 term, u64 LSN comes before the first
/// byte that was written in a term, and once at the start.
///
/// One thread sends, another one takes what the reader reports. What must never break: a reader
/// sees only committed WAL unless it holds the term; the first failure of either direction ends
/// both, and both threads have ended when [WalSender#run] returns; a slow reader holds up nobody.
@NullMarked
package dev.argon.safekeeper.send;

import org.jspecify.annotations.NullMarked;
