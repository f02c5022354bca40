/// A relation's page of 8192 bytes (bufpage.h, itemid.h, htup_details.h): header, line pointers,
/// heap tuple headers, checksum. Used by redo on every page it builds and by whoever looks into
/// pages.
///
/// Never to break: reading and writing in place, nothing is copied; the caller passes a whole page.
/// What a garbage page says (a lower bound behind an upper one, a pointer out of the page) is
/// checked by the caller before it is followed; [dev.argon.postgres.page.Page#checkHeader] does it
/// for the header.
///
/// ```
/// offset | size | field               | meaning
///      0 |    8 | pd_lsn              | high 32 bits first, then the low ones
///      8 |    2 | pd_checksum         | 0 unless the cluster has checksums
///     10 |    2 | pd_flags            | 1 has free lines, 2 page full, 4 all visible
///     12 |    2 | pd_lower            | end of the line pointers
///     14 |    2 | pd_upper            | start of the tuples
///     16 |    2 | pd_special          | start of the access method's area
///     18 |    2 | pd_pagesize_version | 8192 + 4
///     20 |    4 | pd_prune_xid        | oldest prunable transaction, 0 if none
///     24 |  4*n | pd_linp             | line pointers: 15 bits offset, 2 bits state, 15 bits length
/// ```
///
/// Heap tuple header (`HeapTupleHeaderData`), 23 bytes and the null bitmap:
///
/// ```
/// offset | size | field
///      0 |    4 | t_xmin
///      4 |    4 | t_xmax
///      8 |    4 | t_cid or t_xvac
///     12 |    6 | t_ctid: block number high and low half, offset number
///     18 |    2 | t_infomask2
///     20 |    2 | t_infomask
///     22 |    1 | t_hoff
///     23 |      | t_bits
/// ```
@NullMarked
package dev.argon.postgres.page;

import org.jspecify.annotations.NullMarked;
