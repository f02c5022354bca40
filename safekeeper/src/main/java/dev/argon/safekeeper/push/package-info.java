/// START_WAL_PUSH: a proposer's connection. One thread reads, appends, syncs once for all that has
/// arrived, and answers; a second one sends what no append is the cause of: a pageserver's report
/// at once, a sign of life once a second.
///
/// What must never break:
/// - the first message is a greeting, and a push never creates a timeline;
/// - nothing is answered before it is durable; an answer covers all appends before it;
/// - the first failure of either direction ends both; both threads have ended when
///   [WalReceiver#run] returns;
/// - whatever arrived whole is durable then.
@NullMarked
package dev.argon.safekeeper.push;

import org.jspecify.annotations.NullMarked;
