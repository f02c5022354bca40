package dev.argon.compute.communicator;

import dev.argon.pageservice.PageRequest;
import dev.argon.postgres.CorruptDataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/// Right pages from a pageserver that takes its time, refuses, and loses connections. A page is
/// read first and sent late, so what arrives may be old by then; connections overtake each other.
final class RoughPages implements FakePageService.Pages {

  private final FakePageService.Pages right;
  private final LongSupplier random;
  private final AtomicBoolean rough = new AtomicBoolean();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong late = new AtomicLong();

  /// @param seed of the choices; which request meets which is not repeated by it
  RoughPages(FakePageService.Pages right, long seed) {
    this.right = right;
    Random choices = new Random(seed);
    random = () -> choices.nextInt(1000); // a Random is safe for use by several threads
  }

  void rough(boolean on) {
    rough.set(on);
  }

  /// How many requests were refused.
  long refused() {
    return refused.get();
  }

  /// How many answers were held back for long.
  long late() {
    return late.get();
  }

  @Override
  public void read(PageRequest.Page request, ByteBuffer target)
      throws IOException,
          CorruptDataException,
          InterruptedException,
          FakePageService.RefusedException {
    right.read(request, target);
    if (!rough.get()) {
      return;
    }
    long choice = random.getAsLong();
    // Catalogs are not refused: a session could not even begin.
    if (choice < 3 && request.relation().relNode() >= 16_384) {
      refused.incrementAndGet();
      throw new FakePageService.RefusedException("on purpose");
    }
    if (choice < 20) {
      late.incrementAndGet();
      pause(100 + 10 * choice);
    } else if (choice < 80) {
      pause(choice / 4);
    } else if (choice < 300) {
      pause(1);
    }
  }

  private static void pause(long millis) {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
