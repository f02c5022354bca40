package dev.argon.waltools.verify;

import java.lang.management.ManagementFactory;

/// How much memory the machine, or the container, has.
final class PhysicalMemory {

  private PhysicalMemory() {}

  static long bytes() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : Runtime.getRuntime().maxMemory();
  }
}
