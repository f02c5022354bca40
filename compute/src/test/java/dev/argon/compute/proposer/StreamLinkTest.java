package dev.argon.compute.proposer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.pgwire.PgClient;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class StreamLinkTest {

  /// As long as a vote, or an election, of a log that was written in 20,000 terms.
  private static final int LONG = 320_000;

  /// A compute that was started a thousand times has a log of as many terms.
  @Test
  void messagesMayBeLongerThanTheBuffersAreAtFirst() throws Exception {
    try (ServerSocketChannel server =
            ServerSocketChannel.open()
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        Selector selector = Selector.open();
        SocketChannel one = SocketChannel.open(server.getLocalAddress());
        SocketChannel other = server.accept()) {
      List<byte[]> received = new ArrayList<>();
      try (StreamLink here = link(one, selector);
          StreamLink there = link(other, selector)) {
        Queue<Integer> sizes = new ArrayDeque<>(List.of(10, LONG, 20));
        while (received.size() < 3) {
          if (here.isSending()) {
            here.flush();
          } else if (!sizes.isEmpty()) {
            send(here, sizes.remove());
          }
          selector.select(100);
          selector.selectedKeys().clear();
          there.receive(payload -> received.add(bytes(payload)));
        }
      }

      assertThat(received).extracting(bytes -> bytes.length).containsExactly(10, LONG, 20);
      assertThat(received.get(1)).contains((byte) 7).doesNotContain((byte) 0);
    }
  }

  private static StreamLink link(SocketChannel channel, Selector selector) throws Exception {
    return new StreamLink(
        new PgClient.Detached(channel, ByteBuffer.allocate(0)), selector, "test", 64);
  }

  private static void send(StreamLink link, int size) throws Exception {
    ByteBuffer payload = link.begin(size);
    for (int i = 0; i < size; i++) {
      payload.put((byte) 7);
    }
    link.send();
  }

  private static byte[] bytes(ByteBuffer payload) {
    byte[] bytes = new byte[payload.remaining()];
    payload.get(bytes);
    return bytes;
  }
}
