package dev.argon.compute.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.postgres.Lsn;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The real [RequestSlots] against a requester that does what `neon_fetch.c` does, at full speed
/// (RS-2): no request and no result is ever met half, and a state that does not fit is an error.
class SlotRaceTest {

  private static final int SLOT = 3;
  private static final int REQUESTS = 30_000;

  @TempDir Path directory;

  private SharedMemory memory;
  private RequestSlots slots;
  private Requester requester;
  private long at;

  @BeforeEach
  void create() throws Exception {
    memory =
        SharedMemory.create(
            directory.resolve("shared"),
            new SharedMemorySettings(
                new Lsn(0x1000028), SharedMemorySettings.Mode.PRIMARY, 10, 64));
    slots = memory.slots();
    requester = new Requester(memory, SLOT);
    at = slots.slotAt(SLOT);
  }

  @AfterEach
  void close() {
    memory.close();
  }

  private void set(int field, int value) {
    memory.setInt(at + field, value);
  }

  private int state() {
    return memory.intAt(at + SharedMemoryLayout.SLOT_STATE);
  }

  /// Each field of request `n` is made of `n`.
  private void submit(int n) {
    requester.begin();
    set(SharedMemoryLayout.SLOT_CHUNK, n);
    set(SharedMemoryLayout.SLOT_REL, n);
    set(SharedMemoryLayout.SLOT_FIRST_BLOCK, n);
    set(SharedMemoryLayout.SLOT_COUNT, 1 + n % SharedMemoryLayout.REQUEST_BLOCKS);
    set(SharedMemoryLayout.SLOT_CLAIMED, n);
    for (int i = 0; i < SharedMemoryLayout.REQUEST_BLOCKS; i++) {
      set(SharedMemoryLayout.SLOT_TOKENS + 4 * i, n + i);
    }
    memory.setLong(at + SharedMemoryLayout.SLOT_REQUEST_ID, n);
    requester.submit();
  }

  private static boolean isWhole(RequestSlots.Request request) {
    int n = (int) request.requestId();
    boolean whole =
        request.chunk() == n
            && request.relation().relNode() == n
            && request.firstBlock() == n
            && request.claimed() == n
            && request.tokens().length == 1 + n % SharedMemoryLayout.REQUEST_BLOCKS;
    for (int i = 0; i < request.tokens().length; i++) {
      whole &= request.tokens()[i] == n + i;
    }
    return whole;
  }

  /// The result of request `n`: a text that is all one letter, as long as `n` says.
  private static String textOf(int n) {
    return Character.toString('a' + n % 26).repeat(n % 200);
  }

  private String text() {
    byte[] bytes = new byte[SharedMemoryLayout.ERROR_TEXT_SIZE];
    memory.memory().asByteBuffer().get((int) at + SharedMemoryLayout.SLOT_ERROR_TEXT, bytes);
    int end = 0;
    while (bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }

  private void serve(AtomicReference<String> trouble) {
    int[] served = {0};
    while (served[0] < REQUESTS && trouble.get().isEmpty()) {
      int bell = slots.doorbell();
      int found =
          slots.drain(slot -> {
            RequestSlots.Request request = slots.take(slot);
            if (!isWhole(request)) {
              trouble.set("half a request: " + request);
            }
            slots.completeError(slot, textOf((int) request.requestId()));
            served[0]++;
          });
      if (found == 0) {
        slots.awaitDoorbell(bell, 100);
      }
    }
  }

  /// RS-2.
  @Test
  void noRequestAndNoResultIsTorn() throws Exception {
    AtomicReference<String> trouble = new AtomicReference<>("");
    Random random = new Random(1);
    Thread server = Thread.ofPlatform().start(() -> serve(trouble));
    int collected = 0;
    for (int n = 1; n <= REQUESTS && trouble.get().isEmpty(); n++) {
      submit(n);
      if (random.nextInt(3) == 0 && leave()) {
        awaitState(SharedMemoryLayout.SLOT_IDLE, trouble);
        continue;
      }
      awaitState(SharedMemoryLayout.SLOT_COMPLETED, trouble);
      if (memory.intAt(at + SharedMemoryLayout.SLOT_RESULT) != SharedMemoryLayout.RESULT_ERROR
          || !text().equals(textOf(n))) {
        trouble.compareAndSet("", "request " + n + ": " + text());
      }
      collected++;
      set(SharedMemoryLayout.SLOT_STATE, SharedMemoryLayout.SLOT_IDLE);
    }
    server.join();

    assertThat(trouble.get()).isEmpty();
    assertThat(collected).isBetween(REQUESTS / 3, REQUESTS - 1);
  }

  /// @return false if the result is there already
  private boolean leave() {
    while (true) {
      int seen = state();
      if (seen == SharedMemoryLayout.SLOT_COMPLETED) {
        return false;
      }
      if (memory.swapInt(
          at + SharedMemoryLayout.SLOT_STATE, seen, seen | SharedMemoryLayout.SLOT_DETACHED)) {
        return true;
      }
    }
  }

  private void awaitState(int state, AtomicReference<String> trouble) {
    for (int seen = state(); seen != state && trouble.get().isEmpty(); seen = state()) {
      memory.awaitChange(at + SharedMemoryLayout.SLOT_STATE, seen, 100);
    }
  }

  /// RS-2.
  @Test
  void everyTransitionThatDoesNotFitIsReported() {
    int[] notSubmitted = {
      SharedMemoryLayout.SLOT_IDLE,
      Requester.FILLING,
      SharedMemoryLayout.SLOT_PROCESSING,
      SharedMemoryLayout.SLOT_COMPLETED
    };
    for (int state : notSubmitted) {
      set(SharedMemoryLayout.SLOT_STATE, state);
      assertThatThrownBy(() -> slots.take(SLOT)).hasMessageContaining("in state " + state);
    }
    int[] notProcessing = {
      SharedMemoryLayout.SLOT_IDLE,
      Requester.FILLING,
      SharedMemoryLayout.SLOT_SUBMITTED,
      SharedMemoryLayout.SLOT_COMPLETED
    };
    for (int state : notProcessing) {
      set(SharedMemoryLayout.SLOT_STATE, state);
      assertThatThrownBy(() -> slots.completeDone(SLOT)).hasMessageContaining("in state " + state);
    }
  }
}
