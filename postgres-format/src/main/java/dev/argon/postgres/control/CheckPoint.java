package dev.argon.postgres.control;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.LittleEndian;

/// The body of a checkpoint record (`CheckPoint`, pg_control.h of 15): what a server has to know to
/// go on from an LSN. Transaction, multixact and object ids are unsigned.
///
/// ```
/// offset | size | field
///      0 |    8 | redo
///      8 |    4 | ThisTimeLineID
///     12 |    4 | PrevTimeLineID
///     16 |    1 | fullPageWrites, then 7 bytes of padding
///     24 |    8 | nextXid, epoch in the high half
///     32 |    4 | nextOid
///     36 |    4 | nextMulti
///     40 |    4 | nextMultiOffset
///     44 |    4 | oldestXid
///     48 |    4 | oldestXidDB
///     52 |    4 | oldestMulti
///     56 |    4 | oldestMultiDB, then 4 bytes of padding
///     64 |    8 | time, seconds since 1970
///     72 |    4 | oldestCommitTsXid
///     76 |    4 | newestCommitTsXid
///     80 |    4 | oldestActiveXid, then 4 bytes of padding
/// ```
///
/// @param redo where replay starts; for a shutdown checkpoint the record's own start
/// @param nextXid full transaction id (epoch in the high 32 bits)
/// @param oldestActiveXid 0 in a shutdown checkpoint
public record CheckPoint(
    long redo,
    int timeline,
    int previousTimeline,
    boolean fullPageWrites,
    long nextXid,
    int nextOid,
    int nextMulti,
    int nextMultiOffset,
    int oldestXid,
    int oldestXidDatabase,
    int oldestMulti,
    int oldestMultiDatabase,
    long timeSeconds,
    int oldestCommitTsXid,
    int newestCommitTsXid,
    int oldestActiveXid) {

  /// `sizeof(CheckPoint)` in 15.
  public static final int SIZE = 88;

  /// Reads the struct; any field values are accepted.
  ///
  /// @throws CorruptDataException if there are fewer than [#SIZE] bytes
  public static CheckPoint read(byte[] bytes, int offset, int length) throws CorruptDataException {
    if (length < SIZE || offset < 0 || bytes.length - offset < SIZE) {
      throw new CorruptDataException("checkpoint of " + length + " bytes, needs " + SIZE);
    }
    return new CheckPoint(
        LittleEndian.readLong(bytes, offset),
        LittleEndian.readInt(bytes, offset + 8),
        LittleEndian.readInt(bytes, offset + 12),
        bytes[offset + 16] != 0,
        LittleEndian.readLong(bytes, offset + 24),
        LittleEndian.readInt(bytes, offset + 32),
        LittleEndian.readInt(bytes, offset + 36),
        LittleEndian.readInt(bytes, offset + 40),
        LittleEndian.readInt(bytes, offset + 44),
        LittleEndian.readInt(bytes, offset + 48),
        LittleEndian.readInt(bytes, offset + 52),
        LittleEndian.readInt(bytes, offset + 56),
        LittleEndian.readLong(bytes, offset + 64),
        LittleEndian.readInt(bytes, offset + 72),
        LittleEndian.readInt(bytes, offset + 76),
        LittleEndian.readInt(bytes, offset + 80));
  }

  public static CheckPoint read(byte[] bytes) throws CorruptDataException {
    return read(bytes, 0, bytes.length);
  }

  /// Writes [#SIZE] bytes, paddings zero.
  public void write(byte[] bytes, int offset) {
    java.util.Arrays.fill(bytes, offset, offset + SIZE, (byte) 0);
    LittleEndian.writeLong(bytes, offset, redo);
    LittleEndian.writeInt(bytes, offset + 8, timeline);
    LittleEndian.writeInt(bytes, offset + 12, previousTimeline);
    bytes[offset + 16] = (byte) (fullPageWrites ? 1 : 0);
    LittleEndian.writeLong(bytes, offset + 24, nextXid);
    LittleEndian.writeInt(bytes, offset + 32, nextOid);
    LittleEndian.writeInt(bytes, offset + 36, nextMulti);
    LittleEndian.writeInt(bytes, offset + 40, nextMultiOffset);
    LittleEndian.writeInt(bytes, offset + 44, oldestXid);
    LittleEndian.writeInt(bytes, offset + 48, oldestXidDatabase);
    LittleEndian.writeInt(bytes, offset + 52, oldestMulti);
    LittleEndian.writeInt(bytes, offset + 56, oldestMultiDatabase);
    LittleEndian.writeLong(bytes, offset + 64, timeSeconds);
    LittleEndian.writeInt(bytes, offset + 72, oldestCommitTsXid);
    LittleEndian.writeInt(bytes, offset + 76, newestCommitTsXid);
    LittleEndian.writeInt(bytes, offset + 80, oldestActiveXid);
  }

  /// The struct's [#SIZE] bytes.
  public byte[] toBytes() {
    byte[] bytes = new byte[SIZE];
    write(bytes, 0);
    return bytes;
  }

  public CheckPoint withRedo(long newRedo) {
    return new CheckPoint(
        newRedo,
        timeline,
        previousTimeline,
        fullPageWrites,
        nextXid,
        nextOid,
        nextMulti,
        nextMultiOffset,
        oldestXid,
        oldestXidDatabase,
        oldestMulti,
        oldestMultiDatabase,
        timeSeconds,
        oldestCommitTsXid,
        newestCommitTsXid,
        oldestActiveXid);
  }

  /// As a shutdown checkpoint says it: redo is its own start, no transaction runs.
  public CheckPoint asShutdownAt(long recordLsn, long atTimeSeconds) {
    return new CheckPoint(
        recordLsn,
        timeline,
        previousTimeline,
        fullPageWrites,
        nextXid,
        nextOid,
        nextMulti,
        nextMultiOffset,
        oldestXid,
        oldestXidDatabase,
        oldestMulti,
        oldestMultiDatabase,
        atTimeSeconds,
        oldestCommitTsXid,
        newestCommitTsXid,
        0);
  }
}
