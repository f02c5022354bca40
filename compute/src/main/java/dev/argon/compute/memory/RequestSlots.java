package dev.argon.compute.memory;

import dev.argon.postgres.RelFileNode;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.function.IntConsumer;

/// The requests of PostgreSQL's processes for blocks. A slot is taken once its state is SUBMITTED
/// and completed exactly once; in between it is this JVM's.
public final class RequestSlots {

  private final SharedMemory memory;
  private long slotsOffset;
  private long submittedOffset;
  private int count;
  private int demandCount;

  RequestSlots(SharedMemory memory) {
    this.memory = memory;
  }

  void locate() {
    slotsOffset = memory.longAt(SharedMemoryLayout.HEADER_SLOTS_OFFSET);
    submittedOffset = memory.longAt(SharedMemoryLayout.HEADER_SUBMITTED_OFFSET);
    count = memory.intAt(SharedMemoryLayout.HEADER_SLOTS);
    demandCount = memory.intAt(SharedMemoryLayout.HEADER_DEMAND_SLOTS);
  }

  public int count() {
    return count;
  }

  /// Whether somebody waits for the slot, or it only reads ahead.
  public boolean isDemand(int slot) {
    return slot < demandCount;
  }

  /// How many of the slots that only read ahead are in use.
  public int aheadInUse() {
    return inUse(demandCount);
  }

  /// How many slots are in use.
  public int inUse() {
    return inUse(0);
  }

  private int inUse(int from) {
    int inUse = 0;
    for (int slot = from; slot < count; slot++) {
      int state = memory.intAt(slotAt(slot) + SharedMemoryLayout.SLOT_STATE);
      inUse += (state & SharedMemoryLayout.SLOT_STATE_MASK) == SharedMemoryLayout.SLOT_IDLE ? 0 : 1;
    }
    return inUse;
  }

  /// A taken request.
  ///
  /// @param kind [SharedMemoryLayout#REQUEST_FETCH], or a comparison
  /// @param chunk descriptor index of the chunk in which all its blocks lie
  /// @param chunkStatus the descriptor's status when they were claimed
  /// @param firstBlock number in the fork
  /// @param claimed bit `i` set: block `firstBlock + i` was claimed, with token `tokens[i]`
  @SuppressWarnings("ArrayRecordComponent") // nobody compares requests
  public record Request(
      int slot,
      long requestId,
      int kind,
      int chunk,
      int chunkStatus,
      RelFileNode relation,
      int fork,
      int firstBlock,
      int claimed,
      int[] tokens) {}

  /// Hands every submitted slot's number to `consumer`, which takes it.
  ///
  /// @return how many there were
  public int drain(IntConsumer consumer) {
    int found = 0;
    for (int word = 0; word * 64 < count; word++) {
      long at = submittedOffset + 8L * word;
      if (memory.longAt(at) == 0) {
        continue;
      }
      for (long bits = memory.takeLong(at); bits != 0; bits &= bits - 1) {
        consumer.accept(word * 64 + Long.numberOfTrailingZeros(bits));
        found++;
      }
    }
    return found;
  }

  /// The doorbell's value; take it before [#drain], pass it to [#awaitDoorbell].
  public int doorbell() {
    return memory.intAt(SharedMemoryLayout.HEADER_DOORBELL);
  }

  /// Sleeps until the doorbell has another value than `seen`, at most `millis`.
  public void awaitDoorbell(int seen, long millis) {
    memory.setInt(SharedMemoryLayout.HEADER_DOORBELL_SLEEPING, 1);
    if (doorbell() == seen) {
      memory.awaitChange(SharedMemoryLayout.HEADER_DOORBELL, seen, millis);
    }
    memory.setInt(SharedMemoryLayout.HEADER_DOORBELL_SLEEPING, 0);
  }

  /// Wakes the thread in [#awaitDoorbell].
  public void ringDoorbell() {
    int seen = doorbell();
    while (!memory.swapInt(SharedMemoryLayout.HEADER_DOORBELL, seen, seen + 1)) {
      seen = doorbell();
    }
    memory.wake(SharedMemoryLayout.HEADER_DOORBELL);
  }

  /// Takes a submitted slot: from now on it is the caller's to complete.
  public Request take(int slot) {
    long at = slotAt(slot);
    changeState(at, SharedMemoryLayout.SLOT_SUBMITTED, SharedMemoryLayout.SLOT_PROCESSING);
    int blocks = memory.intAt(at + SharedMemoryLayout.SLOT_COUNT);
    if (blocks < 0 || blocks > SharedMemoryLayout.REQUEST_BLOCKS) {
      throw new IllegalStateException("slot " + slot + " names " + blocks + " blocks");
    }
    int[] tokens = new int[blocks];
    for (int i = 0; i < blocks; i++) {
      tokens[i] = memory.intAt(at + SharedMemoryLayout.SLOT_TOKENS + 4L * i);
    }
    return new Request(
        slot,
        memory.longAt(at + SharedMemoryLayout.SLOT_REQUEST_ID),
        memory.intAt(at + SharedMemoryLayout.SLOT_KIND),
        memory.intAt(at + SharedMemoryLayout.SLOT_CHUNK),
        memory.intAt(at + SharedMemoryLayout.SLOT_CHUNK_STATUS),
        new RelFileNode(
            memory.intAt(at + SharedMemoryLayout.SLOT_SPC),
            memory.intAt(at + SharedMemoryLayout.SLOT_DB),
            memory.intAt(at + SharedMemoryLayout.SLOT_REL)),
        memory.intAt(at + SharedMemoryLayout.SLOT_FORK),
        memory.intAt(at + SharedMemoryLayout.SLOT_FIRST_BLOCK),
        memory.intAt(at + SharedMemoryLayout.SLOT_CLAIMED),
        tokens);
  }

  /// Ends a taken request: its reader looks at the blocks again.
  public void completeDone(int slot) {
    complete(slot, SharedMemoryLayout.RESULT_DONE);
  }

  /// Ends a taken request: its block lies past the end of the file.
  public void completeGone(int slot) {
    complete(slot, SharedMemoryLayout.RESULT_GONE);
  }

  /// Ends a taken comparison: the block has changed meanwhile.
  public void completeOvertaken(int slot) {
    complete(slot, SharedMemoryLayout.RESULT_OVERTAKEN);
  }

  /// Ends a taken comparison: the block differs.
  public void completeDiffers(int slot, String text) {
    completeWithText(slot, SharedMemoryLayout.RESULT_DIFFERS, text);
  }

  /// Ends a taken request with an error for its reader.
  public void completeError(int slot, String text) {
    completeWithText(slot, SharedMemoryLayout.RESULT_ERROR, text);
  }

  private void completeWithText(int slot, int result, String text) {
    byte[] bytes = text.replace('\0', ' ').getBytes(StandardCharsets.UTF_8);
    int length = Math.min(bytes.length, SharedMemoryLayout.ERROR_TEXT_SIZE - 1);
    while (length < bytes.length && length > 0 && (bytes[length] & 0xC0) == 0x80) {
      length--; // not within a character
    }
    long at = slotAt(slot) + SharedMemoryLayout.SLOT_ERROR_TEXT;
    MemorySegment target = memory.memory().asSlice(at, SharedMemoryLayout.ERROR_TEXT_SIZE);
    target.fill((byte) 0);
    target.asSlice(0, length).copyFrom(MemorySegment.ofArray(bytes).asSlice(0, length));
    complete(slot, result);
  }

  private void complete(int slot, int result) {
    long at = slotAt(slot);
    memory.setInt(at + SharedMemoryLayout.SLOT_RESULT, result);
    changeState(at, SharedMemoryLayout.SLOT_PROCESSING, SharedMemoryLayout.SLOT_COMPLETED);
    memory.wake(at + SharedMemoryLayout.SLOT_STATE);
  }

  /// A requester may give up at any moment, which adds the flag DETACHED; nobody collects a
  /// detached result, so such a slot is free at once when it is completed.
  private void changeState(long at, int from, int to) {
    long stateAt = at + SharedMemoryLayout.SLOT_STATE;
    while (true) {
      int seen = memory.intAt(stateAt);
      if ((seen & SharedMemoryLayout.SLOT_STATE_MASK) != from) {
        throw new IllegalStateException("request slot in state " + seen + ", expected " + from);
      }
      int detached = seen & SharedMemoryLayout.SLOT_DETACHED;
      int wanted =
          to == SharedMemoryLayout.SLOT_COMPLETED && detached != 0
              ? SharedMemoryLayout.SLOT_IDLE
              : to | detached;
      if (memory.swapInt(stateAt, seen, wanted)) {
        return;
      }
    }
  }

  /// Where a slot begins in the shared file.
  long slotAt(int slot) {
    return slotsOffset + (long) slot * SharedMemoryLayout.SLOT_SIZE;
  }
}
