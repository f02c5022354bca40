/// A timeline's way from one safekeeper to another. The donor streams a *snapshot*, the other one
/// *pulls*: it gathers the files in a directory aside, checks them, makes them durable and renames
/// the directory to its place. So a timeline is there whole or not at all.
///
/// A snapshot is a tar stream (POSIX ustar) of plain files in this order:
///
/// | entry | content |
/// |---|---|
/// | `safekeeper.control` | the donor's control file as of the snapshot's beginning |
/// | 24 hexadecimal digits, ascending | segments from the one before the lowest of remote-consistent and backup LSN on; the last one ends at the flush LSN |
/// | `snapshot.complete` | empty. A snapshot without it is not whole: the donor broke off, because its term changed or it failed |
///
/// What must never break: WAL that could be cut off by a new leader while it is read is not handed
/// on; nothing half is installed; nothing is installed in a generation in which it was deleted.
@NullMarked
package dev.argon.safekeeper.transfer;

import org.jspecify.annotations.NullMarked;
