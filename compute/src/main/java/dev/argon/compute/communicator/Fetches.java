package dev.argon.compute.communicator;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What a lane is to ask for next; only its sender takes.
interface Fetches {

  /// The next one, or null if none came within `millis`.
  @Nullable Fetch next(long millis) throws InterruptedException;

  /// The next one, or null if there is none now.
  @Nullable Fetch poll();

  /// Makes a sender that waits look again.
  void wake();

  /// What others put into a queue.
  static Fetches of(BlockingQueue<Fetch> queue) {
    return new Fetches() {
      @Override
      public @Nullable Fetch next(long millis) throws InterruptedException {
        return queue.poll(millis, TimeUnit.MILLISECONDS);
      }

      @Override
      public @Nullable Fetch poll() {
        return queue.poll();
      }

      @Override
      public void wake() {
        // it waits for a fifth of a second at most
      }
    };
  }
}
