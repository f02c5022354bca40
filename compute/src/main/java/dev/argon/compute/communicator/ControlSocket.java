package dev.argon.compute.communicator;

import dev.argon.compute.memory.SharedMemoryLayout;
import java.io.EOFException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/// What the server's processes connect to. The background worker holds its life line: when this
/// process ends, however it does, the kernel closes it and the worker stops the server at once.
/// Sessions ask what SQL functions of the extension want to know, one call for each connection.
///
/// Must listen before the server starts and be closed after it has ended.
public final class ControlSocket implements AutoCloseable {

  private static final System.Logger LOGGER = System.getLogger(ControlSocket.class.getName());

  private static final int REQUEST_BYTES = 12;
  private static final int ANSWER_BYTES = 8;

  /// The largest there is: the state of a cache of half a terabyte, 36 bytes for each mebibyte.
  private static final int PAYLOAD_BYTES_MAX = 20 << 20;

  /// What is larger comes one at a time: any session may call, and the heap is small.
  private static final int PAYLOAD_BYTES_SMALL = 64 << 10;

  private final ServerSocketChannel server;
  private final ServerCalls calls;
  private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
  private final Thread acceptor;
  private final Semaphore large = new Semaphore(1);
  private volatile Optional<SocketChannel> lifeLine = Optional.empty();

  private ControlSocket(ServerSocketChannel server, ServerCalls calls) {
    this.server = server;
    this.calls = calls;
    acceptor = Thread.ofVirtual().name("control-socket").unstarted(this::accept);
  }

  /// Listens.
  ///
  /// @param path not there yet, and short: a socket's path has at most 106 bytes
  public static ControlSocket listen(Path path, ServerCalls calls) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    boolean listening = false;
    try {
      server.bind(UnixDomainSocketAddress.of(path));
      listening = true;
    } finally {
      if (!listening) {
        server.close();
      }
    }
    ControlSocket socket = new ControlSocket(server, calls);
    socket.acceptor.start();
    return socket;
  }

  /// Makes the server's worker look for orders now and not only at its next round.
  public void wakeWorker() {
    Optional<SocketChannel> worker = lifeLine;
    if (worker.isEmpty()) {
      return;
    }
    try {
      int _ = worker.get().write(ByteBuffer.allocate(1));
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "the worker is gone", e);
    }
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel channel = server.accept();
        open.add(channel);
        Thread.ofVirtual().name("control-call").start(() -> serve(channel));
      }
    } catch (AsynchronousCloseException e) {
      LOGGER.log(Level.DEBUG, "the control socket is closed", e);
    } catch (IOException e) {
      LOGGER.log(Level.ERROR, "the control socket takes no more connections", e);
    }
  }

  private void serve(SocketChannel channel) {
    boolean held = false;
    try {
      ByteBuffer request = read(channel, REQUEST_BYTES);
      int kind = request.getInt();
      int argument = request.getInt();
      int length = request.getInt();
      if (kind == SharedMemoryLayout.CALL_LIFE_LINE) {
        lifeLine = Optional.of(channel);
        held = true;
        return;
      }
      boolean alone = length > PAYLOAD_BYTES_SMALL || length < 0;
      if (length < 0 || length > PAYLOAD_BYTES_MAX) {
        refuse(channel, "more than 20 MB cannot be passed on");
      } else if (alone && !large.tryAcquire()) {
        refuse(channel, "another session is passing on a cache state");
      } else {
        try {
          call(channel, kind, argument, read(channel, length).array());
        } finally {
          large.release(alone ? 1 : 0);
        }
      }
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "a call was taken back", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (!held) {
        close(channel);
      }
    }
  }

  private static void refuse(SocketChannel channel, String message) throws IOException {
    send(channel, SharedMemoryLayout.ANSWER_ERROR, text(message));
  }

  private void call(SocketChannel channel, int kind, int argument, byte[] payload)
      throws IOException, InterruptedException {
    AtomicBoolean takenBack = new AtomicBoolean();
    Thread watch = Thread.ofVirtual().name("control-watch").start(() -> watch(channel, takenBack));
    int status = SharedMemoryLayout.ANSWER_DONE;
    byte[] answer;
    try {
      answer = calls.answer(new ServerCalls.Call(kind, argument, payload, takenBack::get));
    } catch (ServerCalls.RefusedException e) {
      status = SharedMemoryLayout.ANSWER_ERROR;
      answer = text(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOGGER.log(Level.ERROR, "call " + kind + " failed", e);
      status = SharedMemoryLayout.ANSWER_ERROR;
      answer = text(e.toString());
    }
    send(channel, status, answer);
    close(channel);
    watch.join();
  }

  /// The session sends nothing more: whatever the read brings is its end.
  private static void watch(SocketChannel channel, AtomicBoolean takenBack) {
    try {
      int _ = channel.read(ByteBuffer.allocate(1));
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "a call's connection is closed", e);
    }
    takenBack.set(true);
  }

  private static byte[] text(String message) {
    return message.getBytes(StandardCharsets.UTF_8);
  }

  private static ByteBuffer read(SocketChannel channel, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.nativeOrder());
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        throw new EOFException();
      }
    }
    return bytes.flip();
  }

  private static void send(SocketChannel channel, int status, byte[] answer) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(ANSWER_BYTES + answer.length).order(ByteOrder.nativeOrder());
    bytes.putInt(status).putInt(answer.length).put(answer).flip();
    while (bytes.hasRemaining()) {
      int _ = channel.write(bytes);
    }
  }

  private void close(SocketChannel channel) {
    open.remove(channel);
    try {
      channel.close();
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "closing a call's connection", e);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (SocketChannel channel : open) {
      channel.close();
    }
  }
}
