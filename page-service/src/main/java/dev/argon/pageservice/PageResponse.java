package dev.argon.pageservice;

import dev.argon.postgres.CorruptDataException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// A response of the page stream. Each repeats its request, so that a stream that got out of step
/// is noticed.
@SuppressWarnings(
    "ArrayRecordComponent") // the bytes are the receiver's to keep; no one compares messages
public sealed interface PageResponse {

  int PAGE_SIZE = 8192;

  record Exists(PageRequest.Exists request, boolean exists) implements PageResponse {}

  record BlockCount(PageRequest.BlockCount request, int blocks) implements PageResponse {}

  /// The page is not part of the record: it is written by the pageserver from, and read by the
  /// client into, a buffer of the caller.
  record Page(PageRequest.Page request) implements PageResponse {}

  /// The request failed; the stream goes on.
  record Failure(RequestHeader header, String message) implements PageResponse {}

  record DatabaseSize(PageRequest.DatabaseSize request, long bytes) implements PageResponse {}

  /// The pages of a segment.
  ///
  /// @param pages whole pages, one after the other
  record SlruSegment(PageRequest.SlruSegment request, byte[] pages) implements PageResponse {}

  /// Size of everything of a page response that comes before the page.
  int PAGE_PREFIX_SIZE = 42;

  /// How many bytes [#encode] writes; for [Page] those before the page.
  default int encodedSize() {
    return switch (this) {
      case Exists _ -> 39;
      case BlockCount _ -> 42;
      case Page _ -> PAGE_PREFIX_SIZE;
      case Failure(_, String message) ->
          1 + RequestHeader.SIZE + message.getBytes(StandardCharsets.UTF_8).length + 1;
      case DatabaseSize _ -> 37;
      case SlruSegment(_, byte[] pages) -> 34 + pages.length;
    };
  }

  /// Appends the message; of [Page] only what comes before the page.
  default void encode(ByteBuffer target) {
    switch (this) {
      case Exists(PageRequest.Exists request, boolean exists) -> {
        echo(target, 100, request);
        target.put((byte) (exists ? 1 : 0));
      }
      case BlockCount(PageRequest.BlockCount request, int blocks) -> {
        echo(target, 101, request);
        target.putInt(blocks);
      }
      case Page(PageRequest.Page request) -> echo(target, 102, request);
      case Failure(RequestHeader header, String message) ->
          target
              .put((byte) 103)
              .putLong(header.requestId())
              .putLong(header.requestLsn())
              .putLong(header.notModifiedSinceLsn())
              .put(message.replace('\0', ' ').getBytes(StandardCharsets.UTF_8))
              .put((byte) 0);
      case DatabaseSize(PageRequest.DatabaseSize request, long bytes) -> {
        echo(target, 104, request);
        target.putLong(bytes);
      }
      case SlruSegment(PageRequest.SlruSegment request, byte[] pages) -> {
        echo(target, 105, request);
        target.putInt(pages.length / PAGE_SIZE).put(pages);
      }
    }
  }

  /// A response begins with a tag 100 above its request's and then repeats the request.
  private static void echo(ByteBuffer target, int tag, PageRequest request) {
    int start = target.position();
    request.encode(target);
    target.put(start, (byte) tag);
  }

  /// Reads the message that fills `source`. The page of a [Page] is copied to `page`, whose
  /// position moves on by 8192.
  ///
  /// @throws CorruptDataException if the bytes are no response
  static PageResponse decode(ByteBuffer source, ByteBuffer page) throws CorruptDataException {
    int tag = source.hasRemaining() ? source.get(source.position()) : -1;
    return switch (tag) {
      case 100 -> {
        PageRequest request = requestWithin(source, 0, 38, 1);
        yield new Exists((PageRequest.Exists) request, source.get() != 0);
      }
      case 101 -> {
        PageRequest request = requestWithin(source, 1, 38, 4);
        yield new BlockCount((PageRequest.BlockCount) request, source.getInt());
      }
      case 102 -> {
        PageRequest request = requestWithin(source, 2, PAGE_PREFIX_SIZE, PAGE_SIZE);
        page.put(source);
        yield new Page((PageRequest.Page) request);
      }
      case 103 -> failure(source);
      case 104 -> {
        PageRequest request = requestWithin(source, 3, 29, 8);
        yield new DatabaseSize((PageRequest.DatabaseSize) request, source.getLong());
      }
      case 105 -> {
        int payload = source.remaining() - 30;
        PageRequest request = requestWithin(source, 4, 30, payload);
        if (payload < 4
            || source.getInt() != (payload - 4) / PAGE_SIZE
            || (payload - 4) % PAGE_SIZE != 0) {
          throw new CorruptDataException("SLRU segment response of a wrong length: " + payload);
        }
        byte[] pages = new byte[payload - 4];
        source.get(pages);
        yield new SlruSegment((PageRequest.SlruSegment) request, pages);
      }
      default -> throw new CorruptDataException("unknown page response: tag " + tag);
    };
  }

  /// Reads the repeated request and leaves `payloadSize` bytes in `source`.
  private static PageRequest requestWithin(
      ByteBuffer source, int requestTag, int requestSize, int payloadSize)
      throws CorruptDataException {
    if (payloadSize < 0 || source.remaining() != requestSize + payloadSize) {
      throw new CorruptDataException(
          "page response to a request with tag "
              + requestTag
              + " has "
              + source.remaining()
              + " bytes, expected "
              + (requestSize + payloadSize));
    }
    ByteBuffer request = ByteBuffer.allocate(requestSize);
    request.put(0, source, source.position(), requestSize).put(0, (byte) requestTag);
    source.position(source.position() + requestSize);
    return PageRequest.decode(request);
  }

  private static Failure failure(ByteBuffer source) throws CorruptDataException {
    int textSize = source.remaining() - 1 - RequestHeader.SIZE - 1;
    if (textSize < 0 || source.get(source.limit() - 1) != 0) {
      throw new CorruptDataException("error response of a wrong form");
    }
    source.get();
    RequestHeader header = new RequestHeader(source.getLong(), source.getLong(), source.getLong());
    byte[] text = new byte[textSize];
    source.get(text);
    source.position(source.limit());
    return new Failure(header, new String(text, StandardCharsets.UTF_8));
  }
}
