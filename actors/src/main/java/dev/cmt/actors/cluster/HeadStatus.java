package dev.cmt.actors.cluster;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.cmt.actors.pool.PoolFigures;
import java.util.List;

/**
 * How a head is, at one moment.
 *
 * @param workers workers of the pool: threads of the head and nodes
 * @param waiting batches that wait for a worker
 * @param assigned batches in workers' hands
 * @param batches batches settled
 * @param rows rows of them
 * @param reissued how often a batch was given to another worker
 * @param duplicates answers to batches that somebody else had settled
 * @param admitted nodes let in so far
 * @param gone nodes that have gone again
 * @param refused nodes turned away so far
 * @param head its memory
 * @param run where its run is
 * @param nodes who is there
 * @param standbys who copies the run
 * @param refusals the latest nodes that were turned away
 */
public record HeadStatus(
    int workers,
    int waiting,
    int assigned,
    long batches,
    long rows,
    long reissued,
    long duplicates,
    long admitted,
    long gone,
    long refused,
    JvmFigures head,
    RunProgress run,
    List<NodeRegistry.Node> nodes,
    List<NodeRegistry.Standby> standbys,
    List<NodeRegistry.Refusal> refusals) {
  /** Reads it. */
  public static HeadStatus of(PoolFigures pool, NodeRegistry registry, RunProgress run) {
    return new HeadStatus(
        pool.workers(),
        pool.waiting(),
        pool.assigned(),
        pool.batches(),
        pool.rows(),
        pool.reissued(),
        pool.duplicates(),
        registry.admitted(),
        registry.gone(),
        registry.refused(),
        JvmFigures.here(),
        run,
        registry.nodes(),
        registry.standbys(),
        registry.refusals());
  }

  /** Whether anybody can evaluate. */
  @JsonIgnore
  public boolean isReady() {
    return workers > 0;
  }
}
