/// The bytes of the proposer protocol, version 3 (the same as Neon's): one message per CopyData, a
/// tag byte, then fields in order, big-endian without padding. `cstr` is UTF-8 and a zero byte.
///
/// | piece or tag | direction | fields |
/// |---|---|---|
/// | membership | | generation u32; n u32; n x (node id u64, host cstr, port u16); n u32 new members, as before |
/// | history | | n u32; n x (term u64, lsn u64), ascending |
/// | `g` greeting | to acceptor | tenant cstr, timeline cstr (hexadecimal), membership, pg_version u32, system_id u64, wal_seg_size u32 |
/// | `v` vote request | to acceptor | generation u32, term u64 |
/// | `e` elected | to acceptor | generation u32, term u64, start_streaming_at u64, history |
/// | `a` append | to acceptor | generation u32, term u64, begin u64, end u64, commit u64, truncate u64; then `end - begin` bytes of WAL, 131072 at most |
/// | `g` greeting | to proposer | node id u64, membership, term u64 |
/// | `v` vote response | to proposer | generation u32, term u64, granted u8, flush u64, truncate u64, history |
/// | `a` append response | to proposer | generation u32, term u64, flush u64, commit u64, hs_ts i64, hs_xmin u64, hs_catalog_xmin u64; then feedback, or nothing |
/// | feedback | | n u8; n x (key cstr, length i32, value). Keys: `current_timeline_size` u64, `ps_writelsn` u64, `ps_flushlsn` u64, `ps_applylsn` u64, `ps_replytime` i64; others are skipped |
@NullMarked
package dev.argon.quorum.wire;

import org.jspecify.annotations.NullMarked;
