package dev.argon.compute.postgres;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// The few calls of the C library that the JDK has no method for.
final class Posix {

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle KILL = call("kill", 2);
  private static final MethodHandle GETEUID = call("geteuid", 0);
  private static final MethodHandle SETGID = call("setgid", 1);
  private static final MethodHandle SETUID = call("setuid", 1);
  private static final MethodHandle INITGROUPS =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("initgroups"),
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));

  private Posix() {}

  private static MethodHandle call(String name, int arguments) {
    ValueLayout.OfInt[] types = new ValueLayout.OfInt[arguments];
    java.util.Arrays.fill(types, ValueLayout.JAVA_INT);
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(ValueLayout.JAVA_INT, types));
  }

  /// Sends a signal to a process.
  ///
  /// @return whether there was such a process
  static boolean kill(long pid, Signal signal) {
    try {
      return (int) KILL.invokeExact(Math.toIntExact(pid), signal.number()) == 0;
    } catch (Throwable e) {
      throw new IllegalStateException("kill", e);
    }
  }

  static int effectiveUserId() {
    try {
      return (int) GETEUID.invokeExact();
    } catch (Throwable e) {
      throw new IllegalStateException("geteuid", e);
    }
  }

  /// Gives up root for the whole process, for good: glibc changes every thread.
  static void becomeUser(String name, int userId, int groupId) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocateFrom(name);
      if ((int) INITGROUPS.invokeExact(text, groupId) != 0
          || (int) SETGID.invokeExact(groupId) != 0
          || (int) SETUID.invokeExact(userId) != 0) {
        throw new IOException("cannot become the user " + name);
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("setuid", e);
    }
  }
}
