package dev.cmt.buffer;

import java.nio.file.Path;
import java.util.Arrays;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.wire.DocumentContext;

/**
 * Child process of the crash tests: appends and prints what was acknowledged, until it is killed.
 */
final class CrashingWriter {
  private CrashingWriter() {}

  /** Arguments: run directory, how to die, first batch. */
  public static void main(String[] args) throws Exception {
    RunLock lock = RunLock.acquire(RunDirectory.open(Path.of(args[0])));
    int first = Integer.parseInt(args[2]);
    switch (args[1]) {
      case "between-or-within" -> appendForEver(lock, first);
      case "within-an-append" -> {
        try (ReplayBuffer buffer =
            ReplayBuffer.open(lock, Retention.ALL, damage -> System.exit(3))) {
          buffer.append(Batches.of(1, first));
          System.out.println(first);
        }
        dieWithinAppend(lock.directory().journal().resolve("step-000001"));
      }
      case "hold-the-lock" -> {
        System.out.println("locked");
        Thread.sleep(60_000);
      }
      default -> throw new IllegalArgumentException(args[1]);
    }
  }

  private static void appendForEver(RunLock lock, int first) throws Exception {
    ReplayBuffer buffer = ReplayBuffer.open(lock, Retention.ALL, damage -> System.exit(3));
    RunJournal journal = RunJournal.open(lock);
    for (int i = first; ; i++) {
      buffer.append(Batches.of(1, i));
      journal.append(new RunEvent.StepStarted(i, 1));
      System.out.println(i);
    }
  }

  /** A writer that holds Chronicle's lock and has put half of a large record. */
  private static void dieWithinAppend(Path directory) {
    SingleChronicleQueue queue = ExcerptLog.builder(directory).build();
    ExcerptAppender appender = queue.createAppender();
    DocumentContext document = appender.writingDocument();
    byte[] garbage = new byte[100_000];
    Arrays.fill(garbage, (byte) 0x5a);
    document.wire().bytes().write(garbage);
    Runtime.getRuntime().halt(9);
  }
}
