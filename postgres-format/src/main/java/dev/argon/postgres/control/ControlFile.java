package dev.argon.postgres.control;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.PostgresVersion;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// A control file of version 15. Immutable; the `with` methods answer a changed copy.
public final class ControlFile {

  /// `PG_CONTROL_FILE_SIZE`.
  public static final int FILE_SIZE = 8192;

  /// `sizeof(ControlFileData)`.
  public static final int STRUCT_SIZE = 296;

  private static final int OFFSET_CONTROL_VERSION = 8;
  private static final int OFFSET_CATALOG_VERSION = 12;
  private static final int OFFSET_STATE = 16;
  private static final int OFFSET_TIME = 24;
  private static final int OFFSET_CHECKPOINT = 32;
  private static final int OFFSET_CHECKPOINT_COPY = 40;
  private static final int OFFSET_UNLOGGED_LSN = 128;
  private static final int OFFSET_MIN_RECOVERY_POINT = 136;
  private static final int OFFSET_MIN_RECOVERY_POINT_TIMELINE = 144;
  private static final int OFFSET_WAL_LEVEL = 172;
  private static final int OFFSET_WAL_LOG_HINTS = 176;
  private static final int OFFSET_MAX_CONNECTIONS = 180;
  private static final int OFFSET_MAX_WORKER_PROCESSES = 184;
  private static final int OFFSET_MAX_WAL_SENDERS = 188;
  private static final int OFFSET_MAX_PREPARED = 192;
  private static final int OFFSET_MAX_LOCKS = 196;
  private static final int OFFSET_TRACK_COMMIT_TIMESTAMP = 200;
  private static final int OFFSET_BLOCK_SIZE = 216;
  private static final int OFFSET_WAL_SEGMENT_SIZE = 228;
  private static final int OFFSET_DATA_CHECKSUM_VERSION = 252;
  private static final int OFFSET_CRC = 288;

  private final byte[] bytes;

  private final DatabaseState state;

  private ControlFile(byte[] bytes, DatabaseState state) {
    this.bytes = bytes;
    this.state = state;
  }

  /// Reads a file; more than the struct is not needed.
  ///
  /// @throws CorruptDataException if it is too short, of another version, or its checksum is wrong
  public static ControlFile read(byte[] file) throws CorruptDataException {
    if (file.length < STRUCT_SIZE) {
      throw new CorruptDataException("control file of " + file.length + " bytes");
    }
    int version = LittleEndian.readInt(file, OFFSET_CONTROL_VERSION);
    if (version != PostgresVersion.V15.controlVersion()) {
      throw new CorruptDataException(
          "control file of version " + Integer.toUnsignedString(version) + ", not 1300");
    }
    if (crc(file) != LittleEndian.readInt(file, OFFSET_CRC)) {
      throw new CorruptDataException("control file with a wrong checksum");
    }
    DatabaseState state = DatabaseState.of(LittleEndian.readInt(file, OFFSET_STATE));
    return new ControlFile(Arrays.copyOf(file, STRUCT_SIZE), state);
  }

  private static int crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, OFFSET_CRC);
    return (int) crc.getValue();
  }

  /// The whole file with its checksum.
  public byte[] toFile() {
    byte[] file = Arrays.copyOf(bytes, FILE_SIZE);
    LittleEndian.writeInt(file, OFFSET_CRC, crc(file));
    return file;
  }

  public long systemIdentifier() {
    return LittleEndian.readLong(bytes, 0);
  }

  public int catalogVersion() {
    return LittleEndian.readInt(bytes, OFFSET_CATALOG_VERSION);
  }

  public DatabaseState state() {
    return state;
  }

  /// When the file was written, in seconds since 1970.
  public long timeSeconds() {
    return LittleEndian.readLong(bytes, OFFSET_TIME);
  }

  /// The start of the last checkpoint record.
  public long checkPointLsn() {
    return LittleEndian.readLong(bytes, OFFSET_CHECKPOINT);
  }

  /// The body of the last checkpoint record.
  public CheckPoint checkPoint() {
    try {
      return CheckPoint.read(bytes, OFFSET_CHECKPOINT_COPY, CheckPoint.SIZE);
    } catch (CorruptDataException e) {
      throw new IllegalStateException("the struct has room for a checkpoint", e);
    }
  }

  public long unloggedLsn() {
    return LittleEndian.readLong(bytes, OFFSET_UNLOGGED_LSN);
  }

  public long minRecoveryPoint() {
    return LittleEndian.readLong(bytes, OFFSET_MIN_RECOVERY_POINT);
  }

  public int blockSize() {
    return LittleEndian.readInt(bytes, OFFSET_BLOCK_SIZE);
  }

  public int walSegmentSize() {
    return LittleEndian.readInt(bytes, OFFSET_WAL_SEGMENT_SIZE);
  }

  /// 0 if pages have no checksums.
  public int dataChecksumVersion() {
    return LittleEndian.readInt(bytes, OFFSET_DATA_CHECKSUM_VERSION);
  }

  public ServerParameters parameters() {
    return new ServerParameters(
        LittleEndian.readInt(bytes, OFFSET_WAL_LEVEL),
        bytes[OFFSET_WAL_LOG_HINTS] != 0,
        LittleEndian.readInt(bytes, OFFSET_MAX_CONNECTIONS),
        LittleEndian.readInt(bytes, OFFSET_MAX_WORKER_PROCESSES),
        LittleEndian.readInt(bytes, OFFSET_MAX_WAL_SENDERS),
        LittleEndian.readInt(bytes, OFFSET_MAX_PREPARED),
        LittleEndian.readInt(bytes, OFFSET_MAX_LOCKS),
        bytes[OFFSET_TRACK_COMMIT_TIMESTAMP] != 0);
  }

  public ControlFile withParameters(ServerParameters parameters) {
    byte[] copy = bytes.clone();
    LittleEndian.writeInt(copy, OFFSET_WAL_LEVEL, parameters.walLevel());
    copy[OFFSET_WAL_LOG_HINTS] = (byte) (parameters.walLogHints() ? 1 : 0);
    LittleEndian.writeInt(copy, OFFSET_MAX_CONNECTIONS, parameters.maxConnections());
    LittleEndian.writeInt(copy, OFFSET_MAX_WORKER_PROCESSES, parameters.maxWorkerProcesses());
    LittleEndian.writeInt(copy, OFFSET_MAX_WAL_SENDERS, parameters.maxWalSenders());
    LittleEndian.writeInt(copy, OFFSET_MAX_PREPARED, parameters.maxPreparedTransactions());
    LittleEndian.writeInt(copy, OFFSET_MAX_LOCKS, parameters.maxLocksPerTransaction());
    copy[OFFSET_TRACK_COMMIT_TIMESTAMP] = (byte) (parameters.trackCommitTimestamp() ? 1 : 0);
    return new ControlFile(copy, state);
  }

  /// The file of a server that was shut down with this checkpoint: no recovery is needed and none
  /// is under way.
  ///
  /// @param checkPointLsn where the shutdown checkpoint record begins
  /// @param checkPoint that record's body
  public ControlFile shutDownAt(long checkPointLsn, CheckPoint checkPoint, long timeSeconds) {
    byte[] copy = bytes.clone();
    LittleEndian.writeInt(copy, OFFSET_STATE, DatabaseState.SHUT_DOWN.number());
    LittleEndian.writeLong(copy, OFFSET_TIME, timeSeconds);
    LittleEndian.writeLong(copy, OFFSET_CHECKPOINT, checkPointLsn);
    checkPoint.write(copy, OFFSET_CHECKPOINT_COPY);
    // minRecoveryPoint and its timeline, backupStartPoint, backupEndPoint, backupEndRequired.
    Arrays.fill(copy, OFFSET_MIN_RECOVERY_POINT, OFFSET_WAL_LEVEL, (byte) 0);
    return new ControlFile(copy, DatabaseState.SHUT_DOWN);
  }

  /// The file of a standby that begins to replay at a running server's checkpoint: its files are
  /// consistent as of the checkpoint's redo position.
  ///
  /// @param checkPointLsn where the checkpoint record begins
  /// @param checkPoint that record's body
  public ControlFile recoveringFrom(long checkPointLsn, CheckPoint checkPoint, long timeSeconds) {
    byte[] copy = shutDownAt(checkPointLsn, checkPoint, timeSeconds).bytes;
    LittleEndian.writeInt(copy, OFFSET_STATE, DatabaseState.IN_ARCHIVE_RECOVERY.number());
    LittleEndian.writeLong(copy, OFFSET_MIN_RECOVERY_POINT, checkPoint.redo());
    LittleEndian.writeInt(copy, OFFSET_MIN_RECOVERY_POINT_TIMELINE, checkPoint.timeline());
    return new ControlFile(copy, DatabaseState.IN_ARCHIVE_RECOVERY);
  }
}
