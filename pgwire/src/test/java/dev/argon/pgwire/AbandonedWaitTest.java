package dev.argon.pgwire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.argon.pgwire.message.MessageSet;
import dev.argon.pgwire.message.ParserLimits;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.SocketChannel;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class AbandonedWaitTest {

  private static final int ABANDONED = 10_000;

  /// A socket whose reads and writes are given up at random: before a byte, or in the middle.
  private static final class Impatient implements ByteChannel, GatheringByteChannel {
    private final SocketChannel socket;
    private final SplittableRandom random = new SplittableRandom(1);
    private int abandoned;

    Impatient(SocketChannel socket) {
      this.socket = socket;
    }

    private void giveUp() throws InterruptedIOException {
      abandoned++;
      throw new InterruptedIOException("given up");
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      if (random.nextBoolean()) {
        giveUp();
      }
      int limit = target.limit();
      target.limit(target.position() + Math.min(target.remaining(), 1 + random.nextInt(300)));
      int count = socket.read(target);
      target.limit(limit);
      if (random.nextInt(4) == 0) {
        giveUp();
      }
      return count;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      return (int) write(new ByteBuffer[] {source}, 0, 1);
    }

    @Override
    public long write(ByteBuffer[] sources) throws IOException {
      return write(sources, 0, sources.length);
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
      if (random.nextBoolean()) {
        giveUp();
      }
      long total = 0;
      for (int i = offset; i < offset + length && random.nextInt(5) > 0; i++) {
        int limit = sources[i].limit();
        int count = Math.min(sources[i].remaining(), 1 + random.nextInt(300));
        sources[i].limit(sources[i].position() + count);
        total += socket.write(sources[i]);
        sources[i].limit(limit);
        if (sources[i].hasRemaining()) {
          break;
        }
      }
      if (total == 0 || random.nextInt(3) == 0) {
        giveUp();
      }
      return total;
    }

    @Override
    public boolean isOpen() {
      return socket.isOpen();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static ByteBuffer payload(int number) {
    byte[] bytes = new byte[number % 499];
    new SplittableRandom(number).nextBytes(bytes);
    return ByteBuffer.wrap(bytes);
  }

  @Test
  @DisplayName("BE-1: 10000 reads given up at any point lose and double nothing")
  void aReadMayBeGivenUp() throws Exception {
    try (SocketPair pair = SocketPair.open();
        MessageWriter peer = new MessageWriter(pair.far(), 10_000)) {
      Impatient channel = new Impatient(pair.near());
      CompletableFuture<Void> sending =
          CompletableFuture.runAsync(() -> sendUntilClosed(peer, pair.far()));
      try (MessageReader reader =
          new MessageReader(
              channel, MessageSet.FRONTEND, ParserLimits.of(1 << 20, 8 << 10), 10_000)) {
        for (int number = 0; channel.abandoned < ABANDONED; number++) {
          while (!nextOrGivenUp(reader)) {
            assertThat(reader.isClosed()).isFalse();
          }
          assertThat(reader.body()).isEqualTo(payload(number));
        }
      }
      pair.near().close();
      sending.join();
    }
  }

  private static boolean nextOrGivenUp(MessageReader reader) throws IOException {
    try {
      assertThat(reader.next()).isTrue();
      return true;
    } catch (InterruptedIOException e) {
      assertThat(e).hasMessage("given up");
      return false;
    }
  }

  private static void sendUntilClosed(MessageWriter writer, SocketChannel socket) {
    try {
      for (int number = 0; socket.isOpen(); number++) {
        writer.copyData(payload(number));
      }
    } catch (IOException e) {
      assertThat(e).isNotNull(); // the reader has seen enough
    }
  }

  @Test
  @DisplayName("BE-1: 10000 flushes given up at any point lose and double nothing")
  void aFlushMayBeGivenUp() throws Exception {
    try (SocketPair pair = SocketPair.open();
        MessageReader peer =
            new MessageReader(
                pair.far(), MessageSet.FRONTEND, ParserLimits.of(1 << 20, 8 << 10), 20_000)) {
      Impatient channel = new Impatient(pair.near());
      CompletableFuture<Integer> sending = CompletableFuture.supplyAsync(() -> send(channel));
      int number = 0;
      while (peer.next()) {
        assertThat(peer.body()).isEqualTo(payload(number));
        number++;
      }

      assertThat(number).isEqualTo(sending.join());
      assertThat(channel.abandoned).isGreaterThanOrEqualTo(ABANDONED);
    }
  }

  /// @return how many messages were sent
  private static int send(Impatient channel) {
    int number = 0;
    try (MessageWriter writer = new MessageWriter(channel, 20_000)) {
      while (channel.abandoned < ABANDONED) {
        ByteBuffer payload = payload(number);
        switch (number % 3) {
          case 0 -> orGivenUp(() -> writer.copyData(payload));
          case 1 ->
              orGivenUp(() ->
                  writer.copyData(
                      payload.slice(0, payload.limit() / 2),
                      payload.slice(payload.limit() / 2, payload.limit() - payload.limit() / 2)));
          default ->
              orGivenUp(() -> {
                writer.begin('d');
                writer.putBytes(payload);
                writer.end();
              });
        }
        number++;
        while (!orGivenUp(writer::flush)) {
          // again
        }
      }
      channel.close();
      return number;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  private static boolean orGivenUp(Step step) throws IOException {
    try {
      step.run();
      return true;
    } catch (InterruptedIOException e) {
      return false;
    }
  }

  @Test
  @DisplayName("BE-1: a write that writes nothing is an error")
  void aWriteOfNothingIsAnError() throws IOException {
    try (SocketPair pair = SocketPair.open()) {
      GatheringByteChannel full =
          new GatheringByteChannel() {
            @Override
            public int write(ByteBuffer source) {
              return 0;
            }

            @Override
            public long write(ByteBuffer[] sources) {
              return 0;
            }

            @Override
            public long write(ByteBuffer[] sources, int offset, int length) {
              return 0;
            }

            @Override
            public boolean isOpen() {
              return pair.near().isOpen();
            }

            @Override
            public void close() throws IOException {
              pair.near().close();
            }
          };
      try (MessageWriter writer = new MessageWriter(full, 1_000)) {
        writer.begin('c');
        writer.end();
        org.assertj.core.api.Assertions.assertThatThrownBy(writer::flush)
            .isInstanceOf(IOException.class)
            .hasMessageContaining("write zero");
      }
    }
  }
}
