package dev.argon.safekeeper.failpoint;

import java.lang.System.Logger.Level;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// The failpoint of this process, read once from its environment: a constant for the compiler.
final class Armed {

  private static final System.Logger LOGGER = System.getLogger(Failpoint.class.getName());
  private static final int SIGKILL = 9;

  private static final Optional<Failpoint.Arming> ARMING =
      Optional.ofNullable(System.getenv(Failpoint.VARIABLE)).map(Failpoint.Arming::parse);

  static final @Nullable Failpoint POINT = ARMING.map(Failpoint.Arming::point).orElse(null);

  private static final AtomicInteger LEFT =
      new AtomicInteger(ARMING.map(Failpoint.Arming::hit).orElse(0));

  /// kill(2), looked up before it is needed: a JVM gives no way to SIGKILL itself, and a program
  /// that does it would come milliseconds after the step. Empty if nothing is armed.
  private static final Optional<MethodHandle> KILL = ARMING.map(_ -> kill());

  private Armed() {}

  private static MethodHandle kill() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow("kill"),
        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  }

  static void hit() {
    if (LEFT.decrementAndGet() != 0) {
      return;
    }
    LOGGER.log(
        Level.WARNING, "failpoint {0} is reached: SIGKILL", ARMING.orElseThrow().point().text());
    try {
      int _ = (int) KILL.orElseThrow().invokeExact((int) ProcessHandle.current().pid(), SIGKILL);
    } catch (Throwable e) {
      throw new IllegalStateException("kill", e);
    }
  }
}
