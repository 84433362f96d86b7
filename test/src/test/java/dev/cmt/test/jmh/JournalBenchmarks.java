package dev.cmt.test.jmh;

import dev.cmt.buffer.DirectoryTree;
import dev.cmt.buffer.ReplayBuffer;
import dev.cmt.buffer.Retention;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.buffer.RunLock;
import dev.cmt.buffer.SampleBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One batch of a thousand rows of alanine dipeptide into the journal, of which each iteration has a
 * new one: 264 kB an operation, below the system's temporary directory.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
public class JournalBenchmarks {
  private static final int ROWS = 1000;
  private static final int DIMENSION = 60;

  private final float[] u = new float[ROWS * DIMENSION];
  private final double[] logQ = new double[ROWS];
  private final double[] logP = new double[ROWS];
  private final double[] logVolume = new double[ROWS];
  private Path directory;
  private RunLock lock;
  private ReplayBuffer buffer;
  private int batch;

  @Setup(Level.Iteration)
  public void open() throws IOException {
    directory = Files.createTempDirectory("cmt-jmh-");
    lock = RunLock.acquire(RunDirectory.create(directory.resolve("run")));
    buffer =
        ReplayBuffer.open(
            lock,
            Retention.LAST,
            damage -> {
              throw new IllegalStateException("A new journal is damaged: " + damage);
            });
    batch = 0;
  }

  @Benchmark
  public boolean append() throws IOException {
    int number = batch++;
    return buffer.append(
        new SampleBatch(
            0, number, (long) number * ROWS, ROWS, DIMENSION, u, logQ, logP, logVolume));
  }

  @TearDown(Level.Iteration)
  public void close() throws IOException {
    buffer.close();
    lock.close();
    DirectoryTree.delete(directory);
  }
}
