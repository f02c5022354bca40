/// The control file `global/pg_control` and the checkpoint in it. The compute writes it for a new
/// data directory, the pageserver reads the one initdb made and keeps the checkpoint up to date.
///
/// Never to break: what is written here is read by PostgreSQL before anything else; a wrong
/// checksum or size makes a server refuse to start.
///
/// The file has 8192 bytes; behind the struct they are zero (`ControlFileData`, pg_control.h of
/// 15):
///
/// ```
/// offset | size | field
///      0 |    8 | system_identifier
///      8 |    4 | pg_control_version, 1300
///     12 |    4 | catalog_version_no
///     16 |    4 | state
///     24 |    8 | time, seconds since 1970
///     32 |    8 | checkPoint: start of the last checkpoint record
///     40 |   88 | checkPointCopy, see CheckPoint
///    128 |    8 | unloggedLSN
///    136 |    8 | minRecoveryPoint
///    144 |    4 | minRecoveryPointTLI
///    152 |    8 | backupStartPoint
///    160 |    8 | backupEndPoint
///    168 |    1 | backupEndRequired
///    172 |    4 | wal_level
///    176 |    1 | wal_log_hints
///    180 |    4 | MaxConnections
///    184 |    4 | max_worker_processes
///    188 |    4 | max_wal_senders
///    192 |    4 | max_prepared_xacts
///    196 |    4 | max_locks_per_xact
///    200 |    1 | track_commit_timestamp
///    204 |    4 | maxAlign
///    208 |    8 | floatFormat
///    216 |    4 | blcksz
///    220 |    4 | relseg_size
///    224 |    4 | xlog_blcksz
///    228 |    4 | xlog_seg_size
///    232 |   16 | nameDataLen, indexMaxKeys, toast_max_chunk_size, loblksize
///    248 |    1 | float8ByVal
///    252 |    4 | data_checksum_version
///    256 |   32 | mock_authentication_nonce
///    288 |    4 | crc: CRC-32C of bytes 0 to 287
///    292 |    4 | padding
/// ```
@NullMarked
package dev.argon.postgres.control;

import org.jspecify.annotations.NullMarked;
