package dev.argon.postgres.wal;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;

/// Unpacks the full-page images that `wal_compression` packed.
final class ImageCompression {

  // The factory finds its fastest implementation once; loading it only when an image needs it keeps
  // processes that see none from extracting the native library.
  private static final class Lz4 {
    static final LZ4Factory FACTORY = LZ4Factory.fastestInstance();
  }

  private ImageCompression() {}

  /// Whether the bytes unpacked to exactly `targetLength` bytes at the front of `target`.
  static boolean decompress(
      int info, byte[] bytes, int offset, int length, byte[] target, int targetLength) {
    if ((info & WalRecord.IMAGE_COMPRESS_PGLZ) != 0) {
      return decompressPglz(bytes, offset, length, target, targetLength);
    }
    if ((info & WalRecord.IMAGE_COMPRESS_LZ4) != 0) {
      try {
        return Lz4.FACTORY
                .safeDecompressor()
                .decompress(bytes, offset, length, target, 0, targetLength)
            == targetLength;
      } catch (LZ4Exception e) {
        // Bad data is an answer here, not a failure: the caller names the record.
        return false;
      }
    }
    try {
      return Zstd.decompressByteArray(target, 0, targetLength, bytes, offset, length)
          == targetLength;
    } catch (ZstdException e) {
      return false;
    }
  }

  /// PostgreSQL's own LZ (pg_lzcompress.c). A control byte says for each of the next eight items
  /// whether it is a literal byte (0) or a copy (1) of 3 to 273 bytes from up to 4095 bytes back:
  /// two bytes with 4 bits length - 3 and 12 bits distance, and a third byte to add to the length
  /// if those 4 bits are all set.
  private static boolean decompressPglz(
      byte[] bytes, int offset, int length, byte[] target, int targetLength) {
    int source = offset;
    int sourceEnd = offset + length;
    int written = 0;
    while (source < sourceEnd && written < targetLength) {
      int control = bytes[source++];
      for (int item = 0; item < 8 && source < sourceEnd && written < targetLength; item++) {
        if (((control >> item) & 1) == 0) {
          target[written++] = bytes[source++];
          continue;
        }
        if (sourceEnd - source < 2) {
          return false;
        }
        int copyLength = (bytes[source] & 0x0F) + 3;
        int distance = (bytes[source] & 0xF0) << 4 | (bytes[source + 1] & 0xFF);
        source += 2;
        if (copyLength == 18) {
          if (source == sourceEnd) {
            return false;
          }
          copyLength += bytes[source++] & 0xFF;
        }
        if (distance == 0 || distance > written) {
          return false;
        }
        int copyEnd = written + Math.min(copyLength, targetLength - written);
        // Byte by byte: the copy may overlap its own source, which repeats it.
        for (; written < copyEnd; written++) {
          target[written] = target[written - distance];
        }
      }
    }
    return written == targetLength && source == sourceEnd;
  }
}
