/// Relation maps, `pg_filenode.map`: which file belongs to the catalogs that pg_class cannot name
/// (relmapper.c of 15). One per database and one for the shared catalogs in `global`. The
/// pageserver keeps them by version; they are taken from redo and sent to new data directories
/// whole.
///
/// Never to break: a map with a wrong checksum is never handed on.
///
/// ```
/// offset | size | field        | meaning
///      0 |    4 | magic        | 0x592717
///      4 |    4 | num_mappings | 0 to 62
///      8 |  496 | mappings     | 62 of: catalog's object id u32, file number u32
///    504 |    4 | crc          | CRC-32C of bytes 0 to 503
///    508 |    4 | pad          | 0
/// ```
@NullMarked
package dev.argon.postgres.relmap;

import org.jspecify.annotations.NullMarked;
