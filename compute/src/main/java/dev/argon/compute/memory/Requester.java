package dev.argon.compute.memory;

import dev.argon.postgres.RelFileNode;
import java.util.concurrent.TimeUnit;

/// Asks for blocks as a process of PostgreSQL does (`neon_fetch.c`), with a slot of its own. For
/// one thread. Only for tests and the training run of the AOT cache: on a compute the shim asks.
public final class Requester {

  static final int FILLING = 1;

  private static final long WAIT_MILLIS = 50;

  private final SharedMemory memory;
  private final int slot;
  private final long at;
  private long requestId;

  /// @param slot nobody else's
  public Requester(SharedMemory memory, int slot) {
    this.memory = memory;
    this.slot = slot;
    at = memory.slots().slotAt(slot);
  }

  /// Claims the absent ones of some blocks and asks for them; then [#await] must be called.
  ///
  /// @param chunk descriptor index; all blocks lie in it
  /// @param first number in the fork
  /// @param count at most 32
  public void fetch(int chunk, RelFileNode relation, int fork, int first, int count) {
    begin();
    int claimed = 0;
    for (int i = 0; i < count; i++) {
      int block = Integer.remainderUnsigned(first + i, SharedMemoryLayout.CHUNK_BLOCKS);
      int token = memory.blocks().claimForFetching(chunk, block);
      set(SharedMemoryLayout.SLOT_TOKENS + Integer.BYTES * i, token);
      claimed |= token == 0 ? 0 : 1 << i;
    }
    set(SharedMemoryLayout.SLOT_CHUNK, chunk);
    set(SharedMemoryLayout.SLOT_CHUNK_STATUS, memory.blocks().chunkStatus(chunk));
    set(SharedMemoryLayout.SLOT_SPC, relation.spcNode());
    set(SharedMemoryLayout.SLOT_DB, relation.dbNode());
    set(SharedMemoryLayout.SLOT_REL, relation.relNode());
    set(SharedMemoryLayout.SLOT_FORK, fork);
    set(SharedMemoryLayout.SLOT_FIRST_BLOCK, first);
    set(SharedMemoryLayout.SLOT_COUNT, count);
    set(SharedMemoryLayout.SLOT_CLAIMED, claimed);
    set(SharedMemoryLayout.SLOT_KIND, SharedMemoryLayout.REQUEST_FETCH);
    memory.setLong(at + SharedMemoryLayout.SLOT_REQUEST_ID, ++requestId);
    submit();
  }

  /// Waits for the answer.
  ///
  /// @return whether the pages came, and in time; a slot whose answer is late is lost
  public boolean await(long maxMillis) {
    long begin = System.nanoTime();
    int state = state();
    while (state != SharedMemoryLayout.SLOT_COMPLETED) {
      if (System.nanoTime() - begin > TimeUnit.MILLISECONDS.toNanos(maxMillis)) {
        return false;
      }
      memory.awaitChange(at + SharedMemoryLayout.SLOT_STATE, state, WAIT_MILLIS);
      state = state();
    }
    boolean done =
        memory.intAt(at + SharedMemoryLayout.SLOT_RESULT) == SharedMemoryLayout.RESULT_DONE;
    set(SharedMemoryLayout.SLOT_STATE, SharedMemoryLayout.SLOT_IDLE);
    return done;
  }

  /// From IDLE to FILLING.
  void begin() {
    if (!memory.swapInt(
        at + SharedMemoryLayout.SLOT_STATE, SharedMemoryLayout.SLOT_IDLE, FILLING)) {
      throw new IllegalStateException("slot " + slot + " is in use");
    }
  }

  void set(int field, int value) {
    memory.setInt(at + field, value);
  }

  /// From FILLING to SUBMITTED.
  void submit() {
    set(SharedMemoryLayout.SLOT_STATE, SharedMemoryLayout.SLOT_SUBMITTED);
    long word = memory.longAt(SharedMemoryLayout.HEADER_SUBMITTED_OFFSET) + 8L * (slot / 64);
    long seen = memory.longAt(word);
    while (!memory.swapLong(word, seen, seen | 1L << slot)) {
      seen = memory.longAt(word);
    }
    memory.slots().ringDoorbell();
  }

  private int state() {
    return memory.intAt(at + SharedMemoryLayout.SLOT_STATE);
  }
}
