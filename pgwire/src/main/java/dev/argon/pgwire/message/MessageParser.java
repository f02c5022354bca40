package dev.argon.pgwire.message;

import java.nio.ByteBuffer;

/// Cuts a stream of bytes into messages. It does no I/O: whoever has bytes calls [#reserve], puts
/// them into [#space], says how many with [#received], and asks [#next].
///
/// The bytes lie in one block of a [BlockPool] at a time. The body of the current message is a view
/// of it, valid until the next call; [#retain] makes a view that stays valid. As long as such views
/// live, the bytes under them are not overwritten: new bytes go behind them, and when the block is
/// full a fresh one is taken, into which only the bytes not yet consumed are moved.
///
/// Memory. A message whose header is there gets exactly the room it lacks, at once, if its length
/// is within the limit of the connection ([#limit]) and within `trustedBytes`; so the usual limits
/// (1 MiB for queries, 128 KiB for WAL) mean one growth per message at most. A limit that is larger
/// than `trustedBytes` does not let the word of the peer alone reserve that much: beyond it, room
/// is at most twice what has really arrived.
///
/// For one thread at a time; views may be closed by any.
public final class MessageParser implements AutoCloseable {

  private static final int HEADER_BYTES = 5;

  /// The first byte of a TLS record that begins a handshake; no startup packet begins so, since its
  /// length would be 369 million.
  private static final byte TLS_HANDSHAKE = 0x16;

  private final BlockPool pool;
  private final MessageSet messages;
  private final int trustedBytes;
  private final PinnedBytes pinned;
  private int bytesMax;
  private int preferredBytes;

  private Block block;

  /// The block's bytes, for reading headers and for [#space].
  private ByteBuffer bytes;

  /// The body of the current message; read-only.
  private ByteBuffer body;

  /// From here to [#end]: received, not consumed.
  private int start;

  private int end;

  /// Bytes of the current message from [#start] on; 0 if there is none.
  private int currentBytes;

  private byte tag;

  /// How long what has begun is, as far as the last look for it could tell.
  private int neededBytes = HEADER_BYTES;

  private int growthCount;

  /// @param messages what the peer may send
  /// @param limits for memory
  public MessageParser(BlockPool pool, MessageSet messages, ParserLimits limits) {
    this.pool = pool;
    this.messages = messages;
    trustedBytes = limits.trustedBytes();
    pinned = new PinnedBytes(limits.pinnedBytesMax());
    bytesMax = limits.messageBytesMax();
    preferredBytes = limits.bufferBytes();
    block = pool.take(preferredBytes);
    bytes = block.bytes().duplicate();
    body = bytes.asReadOnlyBuffer();
  }

  /// Changes the longest acceptable message, tag included, for the ones to come.
  public void limit(int messageBytesMax) {
    bytesMax = messageBytesMax;
  }

  /// Makes the buffer at least this large from now on, so that more fits into [#space]. Drops the
  /// current message.
  public void prefer(int bufferBytes) {
    dropCurrent();
    preferredBytes = Math.max(preferredBytes, bufferBytes);
    if (block.capacity() < bufferBytes) {
      replace(Math.max(bufferBytes, end - start));
    }
  }

  /// Looks for the next whole message and drops the one before.
  ///
  /// @return false if more bytes are needed; nothing is consumed then
  public boolean next() throws ProtocolErrorException {
    dropCurrent();
    neededBytes = HEADER_BYTES;
    int available = end - start;
    if (available < HEADER_BYTES) {
      if (available > 0) {
        checkTag(bytes.get(start));
      }
      return false;
    }
    byte messageTag = bytes.get(start);
    int total = 1 + checkedLength(messageTag, bytes.getInt(start + 1));
    if (available < total) {
      neededBytes = total;
      return false;
    }
    tag = messageTag;
    setCurrent(HEADER_BYTES, total);
    return true;
  }

  /// As [#next], for the packet that opens a connection.
  public boolean nextStartup() throws ProtocolErrorException {
    dropCurrent();
    neededBytes = Integer.BYTES;
    if (end - start < Integer.BYTES) {
      return false;
    }
    int length = StartupPacket.checkedLength(bytes.getInt(start));
    if (end - start < length) {
      neededBytes = length;
      return false;
    }
    tag = 0;
    setCurrent(Integer.BYTES, length);
    return true;
  }

  /// Whether [#next] would find a whole message.
  public boolean hasNext() throws ProtocolErrorException {
    int at = start + currentBytes;
    return end - at >= HEADER_BYTES
        && end - at >= 1 + checkedLength(bytes.get(at), bytes.getInt(at + 1));
  }

  /// Whether the bytes not yet consumed begin a TLS handshake instead of a startup packet.
  public boolean beginsTls() {
    return end > start && bytes.get(start) == TLS_HANDSHAKE;
  }

  public byte tag() {
    return tag;
  }

  /// The body of the current message, read-only and big-endian: valid until the next call.
  public ByteBuffer body() {
    return body;
  }

  /// The current message as a view that stays valid until it is closed.
  public MessageView retain() {
    if (currentBytes == 0) {
      throw new IllegalStateException("there is no current message");
    }
    block.retain();
    int headerBytes = tag == 0 ? Integer.BYTES : HEADER_BYTES;
    return new MessageView(block, tag, start + headerBytes, currentBytes - headerBytes);
  }

  /// Whether bytes are there that belong to no message handed out so far.
  public boolean hasUnread() {
    return end > start + currentBytes;
  }

  /// Takes out the bytes that belong to no message handed out so far, as a copy.
  public ByteBuffer takeUnread() {
    int from = start + currentBytes;
    ByteBuffer unread = ByteBuffer.allocate(end - from).put(bytes.slice(from, end - from)).flip();
    end = from;
    return unread;
  }

  /// How often room had to be made for a message longer than the buffer.
  public int growthCount() {
    return growthCount;
  }

  public int capacityBytes() {
    return block.capacity();
  }

  /// What the views of this parser's messages keep from being reused.
  public PinnedBytes pinned() {
    return pinned;
  }

  /// Makes sure that at least one byte can be received, and that the message that has begun fits.
  /// Drops the current message.
  ///
  /// @return false if views pin so many bytes that no further block may be taken
  public boolean reserve() {
    dropCurrent();
    if (start == end && !block.isShared()) {
      rewind();
    }
    int unread = end - start;
    int needed = Math.max(neededBytes, unread + 1);
    int room = block.capacity() - end;
    boolean isShared = block.isShared();
    boolean isCramped = start > 0 && room < block.capacity() / 4 && unread <= room;
    if (start + needed <= block.capacity() && (isShared || !isCramped)) {
      return true;
    }
    if (isShared) {
      if (!pinned.hasRoomFor(block.capacity())) {
        return false;
      }
      replace(Math.max(preferredBytes, roomFor(needed)));
    } else if (needed <= block.capacity() || (needed > trustedBytes && unread < block.capacity())) {
      compact(); // what is not trusted grows when the block is full, not before
    } else {
      growthCount++;
      replace(roomFor(needed));
    }
    return true;
  }

  /// Where the next bytes go: from position to limit. Valid until [#received].
  public ByteBuffer space() {
    return bytes.limit(block.capacity()).position(end);
  }

  /// Says how many bytes were put into [#space].
  public void received(int count) {
    if (count < 0 || count > block.capacity() - end) {
      throw new IllegalArgumentException(count + " bytes received");
    }
    end += count;
    bytes.clear();
  }

  /// Copies bytes in, for callers that have them already.
  ///
  /// @return how many; fewer than there are if the buffer is full, [#next] makes room
  public int feed(ByteBuffer source) {
    if (!reserve()) {
      return 0;
    }
    ByteBuffer space = space();
    int count = Math.min(space.remaining(), source.remaining());
    space.put(space.position(), source, source.position(), count);
    source.position(source.position() + count);
    received(count);
    return count;
  }

  private void checkTag(byte messageTag) throws ProtocolErrorException {
    if (!messages.contains(messageTag)) {
      throw ProtocolErrorException.violation(
          "unknown message with tag " + MessageSet.printable(messageTag));
    }
  }

  private int checkedLength(byte messageTag, int length) throws ProtocolErrorException {
    checkTag(messageTag);
    if (length < 4 || length > bytesMax - 1) {
      throw ProtocolErrorException.violation(
          "invalid length "
              + length
              + " of a message with tag "
              + MessageSet.printable(messageTag)
              + ": it may be 4 to "
              + (bytesMax - 1));
    }
    return length;
  }

  private void setCurrent(int headerBytes, int totalBytes) {
    body.limit(start + totalBytes).position(start + headerBytes);
    currentBytes = totalBytes;
  }

  private void dropCurrent() {
    start += currentBytes;
    currentBytes = 0;
  }

  /// Begins at the front of an empty block again; what one message of unusual length needed is not
  /// kept for ever.
  private void rewind() {
    if (BlockPool.POISONING) {
      BlockPool.poison(bytes, 0, end);
    }
    start = 0;
    end = 0;
    if (block.capacity() > BlockPool.POOLED_BYTES_MAX && block.capacity() > 2 * preferredBytes) {
      replace(preferredBytes);
    }
  }

  /// @param needed more than is there
  private int roomFor(int needed) {
    int unread = end - start;
    return needed <= trustedBytes
        ? needed
        : Math.min(needed, Math.max(trustedBytes, Math.max(2 * unread, unread + 1)));
  }

  private void compact() {
    if (start == 0) {
      return;
    }
    bytes.put(0, bytes, start, end - start);
    end -= start;
    start = 0;
  }

  private void replace(int size) {
    Block fresh = pool.take(size);
    ByteBuffer target = fresh.bytes().duplicate();
    target.put(0, bytes, start, end - start);
    if (block.isShared()) {
      block.pin(pinned);
    }
    block.release();
    block = fresh;
    bytes = target;
    body = target.asReadOnlyBuffer();
    end -= start;
    start = 0;
  }

  /// Gives the block back; the current message is gone. Views live on.
  @Override
  public void close() {
    block.release();
  }

  /// As [#close], by a thread that cannot know whether another still looks at the current message:
  /// the block is never reused.
  public void abandon() {
    block.abandon();
  }
}
