/// The pages of PostgreSQL's SLRUs that outlive a server (clog.c, multixact.c, slru.c of 15):
/// transaction states, multixact offsets, multixact members, commit timestamps. Pages have 8192
/// bytes and no header; 32 of them make a segment file, named by its number in hexadecimal.
///
/// Never to break: the arithmetic wraps exactly as PostgreSQL's does; transaction ids, multixact
/// ids and member offsets are unsigned 32-bit numbers.
///
/// ```
/// SLRU       directory             entries per page  entry
/// CLOG       pg_xact                          32768  2 bits: 0 in progress, 1 committed, 2 aborted,
///                                                    3 subtransaction committed; lowest bits first
/// offsets    pg_multixact/offsets              2048  u32, where the multixact's members begin
/// members    pg_multixact/members              1636  groups of 20 bytes: 4 states u8, 4 transactions
///                                                    u32; the last 12 bytes of a page are unused
/// timestamps pg_commit_ts                     819 i64 microseconds since 2000, u16 origin; the
///                                                 last 2 bytes of a page are unused
/// ```
@NullMarked
package dev.argon.postgres.slru;

import org.jspecify.annotations.NullMarked;
