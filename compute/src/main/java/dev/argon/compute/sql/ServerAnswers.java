package dev.argon.compute.sql;

import dev.argon.compute.communicator.ServerCalls;
import dev.argon.compute.memory.SharedMemory;
import dev.argon.compute.memory.SharedMemoryLayout;
import dev.argon.compute.prewarm.CacheSnapshot;
import dev.argon.compute.prewarm.CacheState;
import dev.argon.compute.prewarm.Prewarm;
import dev.argon.postgres.CorruptDataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.InstantSource;

/// Answers the calls of the extension's functions. Numbers are in native byte order.
public final class ServerAnswers implements ServerCalls {

  private static final byte[] NOTHING = {};

  private final SharedMemory memory;
  private final Prewarm prewarm;
  private final Path dataDirectory;
  private final InstantSource clock;

  public ServerAnswers(
      SharedMemory memory, Prewarm prewarm, Path dataDirectory, InstantSource clock) {
    this.memory = memory;
    this.prewarm = prewarm;
    this.dataDirectory = dataDirectory;
    this.clock = clock;
  }

  @Override
  public byte[] answer(Call call) throws RefusedException, InterruptedException {
    return switch (call.kind()) {
      case SharedMemoryLayout.CALL_WORKING_SET -> number(workingSet(call.argument()));
      case SharedMemoryLayout.CALL_WORKING_SET_RESET -> {
        long blocks = workingSet(call.argument());
        memory.workingSet().reset();
        yield number(blocks);
      }
      case SharedMemoryLayout.CALL_CACHE_STATE -> cacheState(call.argument());
      case SharedMemoryLayout.CALL_PREWARM -> prewarm(call);
      case SharedMemoryLayout.CALL_PREWARM_INFO ->
          prewarm.info().map(ServerAnswers::bytes).orElse(NOTHING);
      case SharedMemoryLayout.CALL_CLUSTER_SIZE -> clusterSize();
      default -> throw new RefusedException("there is no call " + call.kind());
    };
  }

  private long workingSet(int seconds) {
    return seconds < 0
        ? memory.workingSet().blocks()
        : memory.workingSet().blocks(clock.instant().getEpochSecond(), seconds);
  }

  private byte[] cacheState(int partsMax) {
    CacheState state =
        CacheSnapshot.of(memory.blocks(), partsMax < 0 ? CacheState.PARTS_MAX : partsMax);
    return state.isEmpty() ? NOTHING : state.encode();
  }

  private byte[] prewarm(Call call) throws RefusedException, InterruptedException {
    CacheState state;
    try {
      state = CacheState.decode(call.payload());
    } catch (CorruptDataException e) {
      throw new RefusedException(String.valueOf(e.getMessage()));
    }
    if (!prewarm.run(state, call.takenBack())) {
      throw new RefusedException("another prewarm is still active");
    }
    return NOTHING;
  }

  private static byte[] bytes(Prewarm.Info info) {
    return ByteBuffer.allocate(4 * Integer.BYTES)
        .order(ByteOrder.nativeOrder())
        .putInt(info.totalPages())
        .putInt(info.prewarmedPages())
        .putInt(info.skippedPages())
        .putInt(info.running() ? 1 : 0)
        .array();
  }

  private byte[] clusterSize() throws RefusedException {
    try {
      return number(ClusterSize.bytes(dataDirectory));
    } catch (IOException e) {
      throw new RefusedException("cannot look at the relation files: " + e.getMessage());
    }
  }

  private static byte[] number(long value) {
    return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(value).array();
  }
}
