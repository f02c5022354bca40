package dev.argon.safekeeper;

import dev.argon.quorum.ProposerMessage;
import dev.argon.quorum.Term;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;

/// Asks for votes of term 0, which is always refused and costs no disk, and reads no answer, until
/// neither side can send any more.
final class StuckWriter {

  private static final int TOGETHER = 500;

  private final AtomicLong written = new AtomicLong();
  private final Thread thread;
  private volatile long lookedAt = -1;

  StuckWriter(RawPeer peer) {
    ByteArrayOutputStream requests = new ByteArrayOutputStream();
    for (int i = 0; i < TOGETHER; i++) {
      requests.writeBytes(RawPeer.copyData(new ProposerMessage.VoteRequest(1, Term.ZERO)));
    }
    byte[] bytes = requests.toByteArray();
    thread =
        Thread.ofPlatform()
            .daemon()
            .name("stuck-writer")
            .start(() -> {
              try {
                while (true) {
                  peer.write(bytes);
                  written.addAndGet(bytes.length);
                }
              } catch (IOException e) {
                written.set(-2); // the peer was closed
              }
            });
  }

  /// Waits until nothing has been written for a second.
  void awaitStuck() {
    Awaitility.await()
        .pollInterval(Duration.ofSeconds(1))
        .atMost(Duration.ofSeconds(60))
        .until(() -> {
          long now = written.get();
          boolean stuck = now == lookedAt && now > 0;
          lookedAt = now;
          return stuck;
        });
  }

  void join() throws InterruptedException {
    thread.join();
  }
}
