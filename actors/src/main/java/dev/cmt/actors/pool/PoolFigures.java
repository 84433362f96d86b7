package dev.cmt.actors.pool;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What a pool is doing, for metrics. Written by the pool alone, read by any thread; the counts of
 * one reading need not belong to one instant.
 */
public final class PoolFigures {
  private volatile int workers;
  private volatile int waiting;
  private volatile int assigned;
  private final AtomicLong batches = new AtomicLong();
  private final AtomicLong rows = new AtomicLong();
  private final AtomicLong reissued = new AtomicLong();
  private final AtomicLong duplicates = new AtomicLong();

  void set(int workers, int waiting, int assigned) {
    this.workers = workers;
    this.waiting = waiting;
    this.assigned = assigned;
  }

  void countBatch(int batchRows) {
    batches.incrementAndGet();
    rows.addAndGet(batchRows);
  }

  void countReissue() {
    reissued.incrementAndGet();
  }

  void countDuplicate() {
    duplicates.incrementAndGet();
  }

  /** Workers: threads of this process, and nodes. */
  public int workers() {
    return workers;
  }

  /** Batches that wait for a worker. */
  public int waiting() {
    return waiting;
  }

  /** Batches in workers' hands. */
  public int assigned() {
    return assigned;
  }

  /** Batches that were settled. */
  public long batches() {
    return batches.get();
  }

  /** Rows of the batches that were settled. */
  public long rows() {
    return rows.get();
  }

  /** How often a batch was given to another worker. */
  public long reissued() {
    return reissued.get();
  }

  /** Answers to batches that somebody else had settled. */
  public long duplicates() {
    return duplicates.get();
  }
}
