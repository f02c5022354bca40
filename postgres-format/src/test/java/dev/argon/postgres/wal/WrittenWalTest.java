package dev.argon.postgres.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Fork;
import dev.argon.postgres.LittleEndian;
import dev.argon.postgres.Lsn;
import dev.argon.postgres.RelFileNode;
import dev.argon.postgres.control.CheckPoint;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// WAL written here and read back, at every position that matters.
class WrittenWalTest {

  private static final WalLayout LAYOUT = WalLayout.v15(0x1122334455667788L);
  private static final long SEGMENT = LAYOUT.segmentSize();
  private static final CheckPoint CHECKPOINT =
      new CheckPoint(1, 1, 1, true, 800, 16400, 5, 9, 700, 1, 1, 1, 0, 0, 0, 750);

  // Around the starts of a segment and of a page, and where the record does not fit.
  private static final long[] POSITIONS = {
    5 * SEGMENT,
    5 * SEGMENT + 40,
    5 * SEGMENT + 48,
    5 * SEGMENT + 8192 - 8,
    5 * SEGMENT + 8192 - 16,
    5 * SEGMENT + 8192 - 24,
    5 * SEGMENT + 8192 - 112,
    5 * SEGMENT + 8192 - 120,
    5 * SEGMENT + 8192,
    5 * SEGMENT + 8192 + 24,
    5 * SEGMENT + 3 * 8192 + 4096,
    6 * SEGMENT - 8,
    6 * SEGMENT - 120
  };

  private static byte[] join(byte[] first, byte[] second) {
    byte[] joined = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, joined, first.length, second.length);
    return joined;
  }

  @Test
  void shutdownCheckpointIsFoundBehindGeneratedPrefix() throws Exception {
    for (long lsn : POSITIONS) {
      FramedWal wal =
          WalRecordWriter.shutdownCheckpoint(CHECKPOINT, lsn, lsn - SEGMENT, 99, 1, LAYOUT);
      byte[] prefix = WalRecordWriter.segmentPrefix(lsn, 1, LAYOUT);
      WalStreamDecoder decoder =
          WalStreamDecoder.findingFirstRecordFrom(lsn - prefix.length, LAYOUT);

      decoder.feed(join(prefix, wal.bytes()));

      assertThat(decoder.next()).as(Lsn.toString(lsn)).isTrue();
      assertThat(decoder.recordStartLsn()).isEqualTo(LAYOUT.firstRecordLsn(lsn));
      assertThat(decoder.recordStartLsn()).isEqualTo(wal.recordLsn());
      assertThat(decoder.recordEndLsn()).isEqualTo(wal.endLsn());
      assertThat(wal.endLsn()).isEqualTo(lsn + wal.bytes().length);
      assertThat(decoder.record().length()).isEqualTo(24 + 2 + 88);
      CheckPoint read =
          CheckPoint.read(
              decoder.record().bytes(),
              decoder.record().mainDataOffset(),
              decoder.record().mainDataLength());
      assertThat(read).isEqualTo(CHECKPOINT.asShutdownAt(wal.recordLsn(), 99));
      assertThat(decoder.next()).isFalse();
    }
  }

  @Test
  void recordsOfAnyLengthSurviveFramingAndPieces() throws Exception {
    Random random = new Random(5);
    for (int round = 0; round < 40; round++) {
      long start = POSITIONS[random.nextInt(POSITIONS.length)];
      ByteArrayOutputStream stream = new ByteArrayOutputStream();
      byte[][] records = new byte[60][];
      long[] ends = new long[records.length];
      long lsn = start;
      long prev = 8;
      for (int i = 0; i < records.length; i++) {
        byte[] data =
            new byte[random.nextInt(10) == 0 ? random.nextInt(40_000) : random.nextInt(600)];
        random.nextBytes(data);
        records[i] = WalRecordWriter.record(ResourceManager.HEAP, 0x10, i, prev, List.of(), data);
        FramedWal framed = WalRecordWriter.frame(records[i], lsn, 1, LAYOUT);
        stream.writeBytes(framed.bytes());
        prev = framed.recordLsn();
        lsn = framed.endLsn();
        ends[i] = lsn;
      }
      byte[] bytes = stream.toByteArray();

      WalStreamDecoder decoder = WalStreamDecoder.startingAt(start, LAYOUT);
      int found = 0;
      int position = 0;
      while (position < bytes.length) {
        int piece = Math.min(1 + random.nextInt(900), bytes.length - position);
        decoder.feed(bytes, position, piece);
        position += piece;
        while (decoder.next()) {
          WalRecord record = decoder.record();
          assertThat(decoder.recordEndLsn()).isEqualTo(ends[found]);
          assertThat(
                  Arrays.copyOfRange(
                      record.bytes(), record.offset(), record.offset() + record.length()))
              .isEqualTo(records[found]);
          found++;
        }
      }
      assertThat(found).isEqualTo(records.length);
      assertThat(decoder.boundaryLsn()).isEqualTo(start + bytes.length);
    }
  }

  @Test
  void blockReferencesAreReadAsWritten() throws Exception {
    byte[] image = new byte[WalRecord.PAGE_SIZE];
    new Random(2).nextBytes(image);
    RelFileNode relation = new RelFileNode(1663, 5, -2);
    byte[] bytes =
        WalRecordWriter.record(
            ResourceManager.HEAP,
            0x80,
            -5,
            77,
            List.of(
                new BlockReference(
                    0, relation, Fork.MAIN, -3, true, new byte[] {1, 2}, new byte[0]),
                new BlockReference(3, relation, Fork.VISIBILITY_MAP, 4, false, new byte[0], image)),
            new byte[] {9, 8, 7});

    WalRecord record = WalRecord.decode(bytes, 0, bytes.length);
    byte[] restored = new byte[WalRecord.PAGE_SIZE];
    record.blockImage(1, restored);

    assertThat(record.verifyCrc()).isTrue();
    assertThat(record.transactionId()).isEqualTo(-5);
    assertThat(record.blockCount()).isEqualTo(2);
    assertThat(record.blockIndexOf(3)).isEqualTo(1);
    assertThat(record.blockIndexOf(1)).isEqualTo(-1);
    assertThat(record.blockRelation(0)).isEqualTo(relation);
    assertThat(record.blockNumber(0)).isEqualTo(-3);
    assertThat(record.blockWillInit(0)).isTrue();
    assertThat(record.blockDataLength(0)).isEqualTo(2);
    assertThat(bytes[record.blockDataOffset(0) + 1]).isEqualTo((byte) 2);
    assertThat(record.blockFork(1)).isEqualTo(Fork.VISIBILITY_MAP);
    assertThat(record.blockImageApplies(1)).isTrue();
    assertThat(restored).isEqualTo(image);
    assertThat(bytes[record.mainDataOffset()]).isEqualTo((byte) 9);
    assertThat(record.mainDataLength()).isEqualTo(3);
  }

  @Test
  void recordBehindSwitchComesAtTheNextSegment() throws Exception {
    long start = 7 * SEGMENT + 40;
    byte[] change =
        WalRecordWriter.record(
            ResourceManager.XLOG, ResourceManager.XLOG_SWITCH, 0, 8, List.of(), new byte[0]);
    FramedWal framed = WalRecordWriter.frame(change, start, 1, LAYOUT);
    WalStreamDecoder decoder = WalStreamDecoder.startingAt(start, LAYOUT);

    decoder.feed(framed.bytes());
    assertThat(decoder.next()).isFalse();
    assertThat(decoder.boundaryLsn()).isEqualTo(start);
    decoder.feed(new byte[(int) (8 * SEGMENT - framed.endLsn() - 1)]);
    assertThat(decoder.next()).isFalse();
    decoder.feed(new byte[1]);

    assertThat(decoder.next()).isTrue();
    assertThat(decoder.recordStartLsn()).isEqualTo(start);
    assertThat(decoder.recordEndLsn()).isEqualTo(8 * SEGMENT);
    FramedWal next =
        WalRecordWriter.shutdownCheckpoint(CHECKPOINT, 8 * SEGMENT, start, 0, 1, LAYOUT);
    decoder.feed(next.bytes());
    assertThat(decoder.next()).isTrue();
    assertThat(decoder.recordStartLsn()).isEqualTo(8 * SEGMENT + 40);
  }

  @Test
  void overwrittenContinuationDropsTheTornRecord() throws Exception {
    long start = 7 * SEGMENT + 8192 - 40;
    byte[] torn = WalRecordWriter.record(ResourceManager.HEAP, 0, 3, 8, List.of(), new byte[500]);
    byte[] firstPage = Arrays.copyOf(WalRecordWriter.frame(torn, start, 1, LAYOUT).bytes(), 40);
    FramedWal next =
        WalRecordWriter.shutdownCheckpoint(CHECKPOINT, 7 * SEGMENT + 8192, 8, 0, 1, LAYOUT);
    LittleEndian.writeShort(next.bytes(), 2, WalPageHeader.FIRST_IS_OVERWRITE_CONTINUATION);
    WalStreamDecoder decoder = WalStreamDecoder.startingAt(start, LAYOUT);

    decoder.feed(firstPage);
    assertThat(decoder.next()).isFalse();
    decoder.feed(next.bytes());

    assertThat(decoder.next()).isTrue();
    assertThat(decoder.recordStartLsn()).isEqualTo(7 * SEGMENT + 8192 + 24);
    assertThat(decoder.record().resourceManager()).isEqualTo(ResourceManager.XLOG);
  }

  @Test
  void wrongPreviousRecordIsCorruption() throws Exception {
    long start = 7 * SEGMENT + 40;
    FramedWal first = WalRecordWriter.shutdownCheckpoint(CHECKPOINT, start, 8, 0, 1, LAYOUT);
    FramedWal second =
        WalRecordWriter.shutdownCheckpoint(CHECKPOINT, first.endLsn(), 16, 0, 1, LAYOUT);
    WalStreamDecoder strict = WalStreamDecoder.startingAt(start, LAYOUT);
    WalStreamDecoder lenient = WalStreamDecoder.startingAt(start, LAYOUT).checkingPrev(false);

    strict.feed(join(first.bytes(), second.bytes()));
    lenient.feed(join(first.bytes(), second.bytes()));

    assertThat(strict.next()).isTrue();
    assertThatThrownBy(strict::next)
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining(Lsn.toString(first.endLsn()));
    assertThat(strict.boundaryLsn()).isEqualTo(first.endLsn());
    assertThat(lenient.skipToBoundary()).isEqualTo(second.endLsn());
  }

  @Test
  void anotherClustersPageIsCorruption() throws Exception {
    FramedWal wal =
        WalRecordWriter.shutdownCheckpoint(CHECKPOINT, 7 * SEGMENT, 8, 0, 1, WalLayout.v15(4711));
    WalStreamDecoder decoder = WalStreamDecoder.startingAt(7 * SEGMENT, LAYOUT);

    decoder.feed(wal.bytes());

    assertThatThrownBy(decoder::next)
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("4711");
  }

  @Test
  void segmentFilesAreNamedAsInPostgres() {
    assertThat(LAYOUT.segmentFileName(1, LAYOUT.segmentNumber(0x12_34567890L)))
        .isEqualTo("000000010000001200000034");
    assertThat(LAYOUT.firstRecordLsn(5 * SEGMENT)).isEqualTo(5 * SEGMENT + 40);
    assertThat(LAYOUT.firstRecordLsn(5 * SEGMENT + 8192)).isEqualTo(5 * SEGMENT + 8192 + 24);
    assertThat(LAYOUT.isRecordBoundary(5 * SEGMENT + 8)).isFalse();
  }
}
