/// What a compute and the pageserver say to each other, and the keys under which the pageserver
/// files everything it keeps. Pure codecs, and the client's side of a connection; the server's side
/// is in the pageserver.
///
/// ## Page stream (Neon's `pagestream_v3`)
///
/// Inside CopyBoth, one message per CopyData, big-endian. A connection's responses come in the
/// order of its requests.
///
/// Request: tag u8, request id u64, request LSN u64, not-modified-since LSN u64, then
///
/// | tag | request | body | whole size |
/// |---|---|---|---|
/// | 0 | exists | spc u32, db u32, rel u32, fork u8 | 38 |
/// | 1 | block count | spc u32, db u32, rel u32, fork u8 | 38 |
/// | 2 | page | spc u32, db u32, rel u32, fork u8, block u32 | 42 |
/// | 3 | database size | db u32 | 29 |
/// | 4 | SLRU segment | kind u8, segment u32 | 30 |
///
/// Response: tag u8, the request's id and both LSNs, its body again, then
///
/// | tag | response | payload |
/// |---|---|---|
/// | 100 | exists | u8 |
/// | 101 | block count | u32 |
/// | 102 | page | 8192 bytes |
/// | 103 | error (no body of the request) | message cstr |
/// | 104 | database size | i64 bytes |
/// | 105 | SLRU segment | n u32, then n times 8192 bytes |
///
/// ## Boot files
///
/// The answer to `bootfiles TENANT TIMELINE LSN`; its messages are in
/// [dev.argon.pageservice.BootMessage] and byte by byte in `docs/interfaces.md`.
///
/// ## Page keys
///
/// See [dev.argon.pageservice.PageKey].
@NullMarked
package dev.argon.pageservice;

import org.jspecify.annotations.NullMarked;
