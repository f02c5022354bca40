/// PostgreSQL's page primitives (bufpage.h, bufpage.c, itemid.h) on a `ByteBuffer`: header, line
/// pointers, adding, deleting and compacting items, and the masks of its WAL consistency checks.
/// Every resource manager's redo stands on it.
///
/// A page is 8192 bytes at index 0 of a little-endian buffer. All methods are static and allocate
/// nothing but on the way to an exception; scratch memory is one [RedoScratch] per thread.
///
/// A method that reads what is on a page throws `CorruptDataException` when header, line pointers
/// or lengths do not fit the page; the page is then in no defined state and must be dropped.
@NullMarked
package dev.argon.redo.page;

import org.jspecify.annotations.NullMarked;
