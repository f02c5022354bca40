package dev.argon.safekeeper;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.wire.ProposerCodec;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;

/// A client that can misbehave: it writes bytes as it likes, and sees the bytes that come.
final class RawPeer implements AutoCloseable {

  /// One message of the server; tag 0 is the end of the connection.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Message(char tag, byte[] body) {

    static final char END = 0;

    /// The field of an ErrorResponse with this code, or empty.
    String field(char code) {
      String text = new String(body, UTF_8);
      for (String field : text.split("\0", -1)) {
        if (!field.isEmpty() && field.charAt(0) == code) {
          return field.substring(1);
        }
      }
      return "";
    }

    ByteBuffer buffer() {
      return ByteBuffer.wrap(body);
    }
  }

  private static final int READ_MILLIS_MAX = 60_000;
  private static final int PROTOCOL_3 = 3 << 16;

  final Socket socket = new Socket();
  private final DataInputStream in;

  /// @param receiveBufferBytes 0 leaves it to the system
  RawPeer(TestSafekeeper safekeeper, int receiveBufferBytes) throws IOException {
    if (receiveBufferBytes > 0) {
      socket.setReceiveBufferSize(receiveBufferBytes);
    }
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(READ_MILLIS_MAX);
    socket.connect(
        new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), safekeeper.pg().port()));
    in = new DataInputStream(socket.getInputStream());
  }

  RawPeer(TestSafekeeper safekeeper) throws IOException {
    this(safekeeper, 0);
  }

  /// Starts up for a timeline and reads up to ReadyForQuery.
  RawPeer startUp(TimelineKey key, String application) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(ByteBuffer.allocate(4).putInt(PROTOCOL_3).array());
    String options = "-c tenant_id=" + key.tenant() + " timeline_id=" + key.timeline();
    for (String text :
        new String[] {"user", "test", "application_name", application, "options", options}) {
      body.writeBytes(text.getBytes(UTF_8));
      body.write(0);
    }
    body.write(0);
    write(ByteBuffer.allocate(4).putInt(4 + body.size()).array());
    write(body.toByteArray());
    while (true) {
      Message message = receive();
      switch (message.tag()) {
        case 'Z' -> {
          return this;
        }
        case 'E', Message.END -> throw new IOException("refused: " + message.field('M'));
        default -> {}
      }
    }
  }

  /// Sends a command; the caller reads what comes.
  RawPeer query(String command) throws IOException {
    byte[] text = (command + "\0").getBytes(UTF_8);
    write(message('Q', text));
    return this;
  }

  /// Sends a command that begins a COPY in both directions.
  RawPeer copyBoth(String command) throws IOException {
    query(command);
    Message answer = receive();
    if (answer.tag() != 'W') {
      throw new IOException("no CopyBoth: " + answer.tag() + " " + answer.field('M'));
    }
    return this;
  }

  /// The bytes of a message.
  static byte[] message(char tag, byte[] body) {
    return ByteBuffer.allocate(5 + body.length)
        .put((byte) tag)
        .putInt(4 + body.length)
        .put(body)
        .array();
  }

  /// The bytes of a CopyData with a proposer's message and WAL.
  static byte[] copyData(ProposerMessage message, byte... wal) {
    ByteBuffer head = ByteBuffer.allocate(ProposerCodec.sizeMax(message));
    ProposerCodec.encode(message, head);
    byte[] body = new byte[head.flip().remaining() + wal.length];
    int size = head.remaining();
    head.get(body, 0, size);
    System.arraycopy(wal, 0, body, size, wal.length);
    return message('d', body);
  }

  void write(byte... bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  Message receive() throws IOException {
    int tag = in.read();
    if (tag < 0) {
      return new Message(Message.END, new byte[0]);
    }
    byte[] body = new byte[in.readInt() - 4];
    in.readFully(body);
    return new Message((char) tag, body);
  }

  /// The next message that is no CopyData.
  Message receiveEnd() throws IOException {
    while (true) {
      Message message = receive();
      if (message.tag() != 'd') {
        return message;
      }
    }
  }

  /// Ends the connection as a process that is killed with input unread.
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
