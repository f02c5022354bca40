package dev.argon.node;

/// Threads for work that can wait: they take what the rest of the machine leaves. The launcher
/// tells the JVM which of the kernel's levels their priority is; without that they are as all
/// others. Nothing may rely on the order that comes of it.
public final class PatientThreads {

  private PatientThreads() {}

  /// A daemon's builder.
  @SuppressWarnings("ThreadPriorityCheck") // how quick other work is, not whether this is right
  public static Thread.Builder.OfPlatform named(String name) {
    return Thread.ofPlatform().daemon().name(name).priority(Thread.MIN_PRIORITY);
  }
}
