package dev.argon.compute.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// Waiting on a 32-bit word that another process changes (`futex(2)`, never the private kind). A
/// waiting thread is pinned in native code: use a platform thread.
final class Futex {

  /// `SYS_futex` on x86-64; arm64 has another number.
  private static final long NUMBER = System.getProperty("os.arch").equals("aarch64") ? 98 : 202;

  private static final int WAIT = 0;
  private static final int WAKE = 1;
  private static final MethodHandle SYSCALL =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.ADDRESS,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.ADDRESS,
                  ValueLayout.ADDRESS,
                  ValueLayout.JAVA_INT),
              Linker.Option.firstVariadicArg(1));

  private Futex() {}

  /// Sleeps while the word at `offset` is `value`, at most `millis`. Returns early for any reason.
  static void await(MemorySegment memory, long offset, int value, long millis) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment timeout = arena.allocate(16, 8);
      timeout.set(ValueLayout.JAVA_LONG, 0, millis / 1000);
      timeout.set(ValueLayout.JAVA_LONG, 8, millis % 1000 * 1_000_000);
      call(memory.asSlice(offset, 4), WAIT, value, timeout);
    }
  }

  /// Wakes all that sleep on the word.
  static void wake(MemorySegment memory, long offset) {
    call(memory.asSlice(offset, 4), WAKE, Integer.MAX_VALUE, MemorySegment.NULL);
  }

  private static void call(MemorySegment word, int operation, int value, MemorySegment timeout) {
    try {
      long _ =
          (long)
              SYSCALL.invokeExact(NUMBER, word, operation, value, timeout, MemorySegment.NULL, 0);
    } catch (Throwable e) {
      throw new IllegalStateException("futex", e);
    }
  }
}
