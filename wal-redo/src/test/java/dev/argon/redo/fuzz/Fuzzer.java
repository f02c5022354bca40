package dev.argon.redo.fuzz;

import com.sun.management.ThreadMXBean;
import dev.argon.postgres.wal.ResourceManager;
import java.lang.management.ManagementFactory;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;

/// Executions one after the other, each with its own limits of time and memory.
final class Fuzzer {

  /// More than an execution allocates by itself: copies of records, messages of errors.
  private static final long ALLOCATED_MAX = 4 << 20;

  /// The first executions load classes and native libraries.
  private static final int EXECUTIONS_AT_FIRST = 1000;

  /// Far more than an execution takes on a busy machine.
  static final long NANOS_MAX = 10_000_000_000L;

  private final Choices.Seeded choices = new Choices.Seeded(0);
  private final RedoTarget redo;
  private final EffectTarget effects;
  private final DecoderTarget decoder;
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final long seed;

  /// When the current execution began, for a watchdog on another thread; 0 between executions.
  final AtomicLong startedNanos = new AtomicLong();

  long executions;
  long longestNanos;
  long allocatedMax;

  Fuzzer(Corpus corpus, long seed) {
    this.seed = seed;
    redo = new RedoTarget(corpus, choices);
    effects = new EffectTarget(corpus, choices);
    decoder = new DecoderTarget(corpus, choices);
  }

  /// Whatever is thrown is a finding; the fuzzer can go on after it.
  void executeOne() {
    choices.reset(seed + executions);
    executions++;
    long allocated = threads.getCurrentThreadAllocatedBytes();
    long start = System.nanoTime();
    startedNanos.set(start);
    int kind = choices.below(100);
    if (kind < 85) {
      redo.execute();
    } else if (kind < 97) {
      effects.execute();
    } else {
      decoder.execute();
    }
    startedNanos.set(0);
    longestNanos = Math.max(longestNanos, System.nanoTime() - start);
    allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
    if (executions <= EXECUTIONS_AT_FIRST) {
      return;
    }
    allocatedMax = Math.max(allocatedMax, allocated);
    if (allocated > ALLOCATED_MAX) {
      throw new FindingError("an execution allocated " + allocated + " bytes");
    }
    if (longestNanos > NANOS_MAX) {
      throw new FindingError("an execution took " + longestNanos / 1_000_000 + " ms");
    }
  }

  long applied() {
    return redo.applied;
  }

  long refused() {
    return redo.refused;
  }

  /// The inputs of the last execution.
  String lastInput() {
    HexFormat hex = HexFormat.of();
    return """
    seed %d
    execution %d
    record %s
    block index %d
    end LSN %d
    hint bits logged %b
    page %s
    effects: record %s
    effects: change %s
    decoder: start LSN %d
    decoder: WAL %s
    """
        .formatted(
            seed,
            executions - 1,
            hex.formatHex(redo.lastRecord),
            redo.lastBlockIndex,
            redo.lastEndLsn,
            redo.lastHintBitsLogged,
            hex.formatHex(redo.lastPage),
            hex.formatHex(effects.lastRecord),
            hex.formatHex(effects.lastChange),
            decoder.lastStartLsn,
            hex.formatHex(decoder.lastWal));
  }

  @Override
  public String toString() {
    StringBuilder managers = new StringBuilder();
    for (int manager = 0; manager < redo.appliedByManager.length; manager++) {
      if (redo.appliedByManager[manager] > 0) {
        managers
            .append(' ')
            .append(ResourceManager.name(manager))
            .append(' ')
            .append(redo.appliedByManager[manager]);
      }
    }
    return """
    seed %d: %,d executions
    redo: %,d pages, %,d typed errors, %,d records that do not decode
    pages by manager:%s
    effects: %,d decoded, %,d typed errors; WAL: %,d pieces good to the end, %,d typed errors
    longest execution %,d us, most memory %,d bytes\
    """
        .formatted(
            seed,
            executions,
            redo.applied,
            redo.refused,
            redo.undecodable,
            managers,
            effects.decoded,
            effects.refused,
            decoder.clean,
            decoder.refused,
            longestNanos / 1000,
            allocatedMax);
  }
}
