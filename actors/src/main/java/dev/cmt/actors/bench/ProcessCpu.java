package dev.cmt.actors.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** CPU time of this process, all its threads, the compiler's and the collector's too. */
final class ProcessCpu {
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private ProcessCpu() {}

  /** Seconds since the process began. */
  static double seconds() {
    return SYSTEM.getProcessCpuTime() * 1e-9;
  }
}
