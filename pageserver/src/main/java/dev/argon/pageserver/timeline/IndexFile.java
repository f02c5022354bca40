package dev.argon.pageserver.timeline;

import dev.argon.node.JsonCodec;
import dev.argon.postgres.CorruptDataException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/// The index file's envelope: one line `argon-index <format> <crc> <length>` (the CRC-32C of the
/// rest in hexadecimal and its length in bytes), then a [TimelineIndex] in JSON.
final class IndexFile {

  private static final String MAGIC = "argon-index";

  private IndexFile() {}

  static byte[] encode(TimelineIndex index) {
    byte[] json = JsonCodec.toPrettyText(index).getBytes(StandardCharsets.UTF_8);
    String head =
        MAGIC
            + " "
            + TimelineIndex.FORMAT_VERSION
            + " "
            + HexFormat.of().toHexDigits(crc(json, 0))
            + " "
            + json.length
            + "\n";
    byte[] first = head.getBytes(StandardCharsets.US_ASCII);
    byte[] file = new byte[first.length + json.length];
    System.arraycopy(first, 0, file, 0, first.length);
    System.arraycopy(json, 0, file, first.length, json.length);
    return file;
  }

  private static int crc(byte[] bytes, int from) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, bytes.length - from);
    return (int) crc.getValue();
  }

  /// Reads an index.
  ///
  /// @param where for the message
  static TimelineIndex decode(byte[] file, String where) throws CorruptDataException {
    int end = 0;
    while (end < file.length && end < 100 && file[end] != '\n') {
      end++;
    }
    String[] head = new String(file, 0, end, StandardCharsets.US_ASCII).split(" ", -1);
    if (head.length != 4 || !head[0].equals(MAGIC)) {
      throw new CorruptDataException(where + ": not an index");
    }
    if (!head[1].equals(Integer.toString(TimelineIndex.FORMAT_VERSION))) {
      throw new CorruptDataException(where + ": index format " + head[1] + " is not known");
    }
    int from = end + 1;
    if (from > file.length
        || !head[3].equals(Integer.toString(file.length - from))
        || !head[2].equals(HexFormat.of().toHexDigits(crc(file, from)))) {
      throw new CorruptDataException(where + ": torn index, wrong length or checksum");
    }
    try {
      return JsonCodec.fromText(
          new String(file, from, file.length - from, StandardCharsets.UTF_8), TimelineIndex.class);
    } catch (IllegalArgumentException e) {
      throw new CorruptDataException(where + ": " + e.getMessage(), e);
    }
  }
}
