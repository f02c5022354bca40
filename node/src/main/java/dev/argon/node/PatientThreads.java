package dev.argon.node;

/// Builds threads for work that can wait: they take what the rest of the machine leaves. The
/// launcher tells the JVM which of the kernel's levels their priority is; without that they are as
/// all others. Nothing may rely on the order that comes of it.
public final class PatientThreads {

  private PatientThreads() {}

  @SuppressWarnings("ThreadPriorityCheck") // how quick other work is, not whether this is right
  public static Thread.Builder.OfPlatform named(String name) {
    return Thread.ofPlatform().name(name).priority(Thread.MIN_PRIORITY);
  }
}
