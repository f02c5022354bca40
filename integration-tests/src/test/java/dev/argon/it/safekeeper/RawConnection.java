package dev.argon.it.safekeeper;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.argon.it.stack.Stack;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;

/// A client of PostgreSQL's protocol, byte by byte: it can say anything at any time, and stop in
/// the middle of it.
public final class RawConnection implements AutoCloseable {

  private static final int CONNECT_MILLIS = 5_000;
  private static final int CLEARTEXT_PASSWORD = 3;
  private static final int PROTOCOL_3_0 = 3 << 16;

  private final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;

  private RawConnection(Socket socket) throws IOException {
    this.socket = socket;
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 64 << 10));
    out = new DataOutputStream(socket.getOutputStream());
  }

  /// A message of the server.
  @SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
  public record Message(char tag, byte[] body) {

    ByteBuffer buffer() {
      return ByteBuffer.wrap(body);
    }

    /// The fields of an ErrorResponse by their letters.
    Map<Character, String> fields() {
      Map<Character, String> fields = new TreeMap<>();
      int at = 0;
      while (at < body.length && body[at] != 0) {
        int end = at + 1;
        while (body[end] != 0) {
          end++;
        }
        fields.put((char) body[at], new String(body, at + 1, end - at - 1, UTF_8));
        at = end + 1;
      }
      return fields;
    }
  }

  /// Connects and says nothing.
  ///
  /// @param receiveBytes size of the kernel's receive buffer, 0 for its own choice
  public static RawConnection connect(String host, int port, int receiveBytes) throws IOException {
    Socket socket = new Socket();
    if (receiveBytes > 0) {
      socket.setReceiveBufferSize(receiveBytes);
    }
    socket.setTcpNoDelay(true);
    socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
    return new RawConnection(socket);
  }

  /// Connects and logs in to a timeline; the server is ready for a query.
  public static RawConnection open(String host, int port, TestTimeline timeline)
      throws IOException {
    return open(host, port, timeline, 0);
  }

  static RawConnection open(String host, int port, TestTimeline timeline, int receiveBytes)
      throws IOException {
    RawConnection connection = connect(host, port, receiveBytes);
    connection.startUp(
        Map.of("user", "test", "replication", "true", "options", timeline.options()));
    Message message = connection.read();
    while (message.tag() != 'Z') {
      if (message.tag() == 'E') {
        throw new IOException("refused: " + message.fields());
      }
      if (message.tag() == 'R' && message.buffer().getInt() == CLEARTEXT_PASSWORD) {
        connection.send(message('p', (Stack.storageToken(port) + '\0').getBytes(UTF_8)));
      }
      message = connection.read();
    }
    return connection;
  }

  int localPort() {
    return socket.getLocalPort();
  }

  /// How long [#read] waits at most.
  void readLimit(int millis) throws IOException {
    socket.setSoTimeout(millis);
  }

  void startUp(Map<String, String> parameters) throws IOException {
    send(startupPacket(parameters));
  }

  static byte[] startupPacket(Map<String, String> parameters) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    new TreeMap<>(parameters)
        .forEach((name, value) -> {
          body.writeBytes((name + '\0' + value + '\0').getBytes(UTF_8));
        });
    body.write(0);
    return ByteBuffer.allocate(8 + body.size())
        .putInt(8 + body.size())
        .putInt(PROTOCOL_3_0)
        .put(body.toByteArray())
        .array();
  }

  /// Sends bytes as they are.
  void send(byte... bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  /// Ends this side's direction; the other one stays open.
  void halfClose() throws IOException {
    socket.shutdownOutput();
  }

  /// A message with its tag and length.
  static byte[] message(char tag, byte... body) {
    return ByteBuffer.allocate(5 + body.length)
        .put((byte) tag)
        .putInt(4 + body.length)
        .put(body)
        .array();
  }

  void query(String text) throws IOException {
    send(message('Q', (text + '\0').getBytes(UTF_8)));
  }

  /// Sends a query that begins a COPY in both directions and waits until it has.
  void copyBoth(String text) throws IOException {
    query(text);
    Message answer = read();
    if (answer.tag() != 'W') {
      throw new IOException(
          "no CopyBothResponse: " + answer.tag() + (answer.tag() == 'E' ? answer.fields() : ""));
    }
  }

  void copyData(byte... payload) throws IOException {
    send(message('d', payload));
  }

  /// Waits for the next message.
  ///
  /// @throws EOFException if the server has closed
  Message read() throws IOException {
    char tag = (char) in.readUnsignedByte();
    byte[] body = new byte[in.readInt() - 4];
    in.readFully(body);
    return new Message(tag, body);
  }

  /// The next CopyData; an error of the server is an exception with its fields.
  ByteBuffer readCopyData() throws IOException {
    Message message = read();
    if (message.tag() == 'E') {
      throw new IOException("the server ends the stream: " + message.fields());
    }
    if (message.tag() != 'd') {
      throw new IOException("no CopyData: " + message.tag());
    }
    return message.buffer();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
