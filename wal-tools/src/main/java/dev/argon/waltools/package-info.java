/// Offline tools on PostgreSQL 15's own files, for Argon's developers and for anybody who runs
/// PostgreSQL: `argon wal verify` replays WAL onto a base backup and compares, `argon wal dump`
/// prints records, `argon page show` prints what is on a page. No server, no stack, no network.
///
/// [WalMain] is the process; the launcher starts it with more memory than the command line has. The
/// packages: `.log` reads WAL files, `.replay` applies them, `.verify` compares and reports,
/// `.dump` describes records, `.show` describes pages.
///
/// What must never break: the tools never write to what they were given to read; nothing they read
/// makes them fail otherwise than with one line that says where and what; exit code 0 only when
/// what was asked for is true.
@NullMarked
package dev.argon.waltools;

import org.jspecify.annotations.NullMarked;
