package dev.cmt.actors.bench;

import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.RowFailure;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/**
 * An energy engine on several threads, an instance each, as in a run. Used by one thread at a time;
 * owns its engines until closed, but not the threads.
 */
final class EnergyCrew implements AutoCloseable {
  private final double[] positions;
  private final int rows;
  private final ExecutorService threads;
  private final List<Member> members = new ArrayList<>();

  /**
   * Opens the engines.
   *
   * @param opener opens an instance
   * @param size how many
   * @param positions {@code [rows][atoms][3]} nm, what every batch evaluates
   * @param rows rows of a batch
   * @param threads at least {@code size}, for more than one member at work
   */
  EnergyCrew(
      Supplier<PotentialEnergy> opener,
      int size,
      double[] positions,
      int rows,
      ExecutorService threads) {
    this.positions = positions;
    this.rows = rows;
    this.threads = threads;
    try {
      for (int i = 0; i < size; i++) {
        members.add(new Member(opener.get()));
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** An engine and where it writes. */
  private final class Member {
    private final PotentialEnergy engine;
    private final double[] energies = new double[rows];
    private final double[] forces = new double[positions.length];
    private final RowFailure[] failures = new RowFailure[rows];

    private Member(PotentialEnergy engine) {
      this.engine = engine;
    }

    private void evaluate(int batches, boolean withForces) {
      for (int batch = 0; batch < batches; batch++) {
        engine.evaluate(positions, rows, energies, withForces ? forces : null, failures);
      }
    }
  }

  /** Rows of a batch. */
  int rows() {
    return rows;
  }

  /**
   * What an engine says of the batch.
   *
   * @param energies {@code [rows]} kJ/mol
   * @param forces {@code [rows][atoms][3]} kJ/mol/nm
   */
  record Answer(double[] energies, double[] forces) {}

  /** What the first member says. */
  Answer answer() {
    Member first = members.get(0);
    first.evaluate(1, true);
    return new Answer(first.energies, first.forces);
  }

  /**
   * Lets members evaluate batches side by side and waits for all of them.
   *
   * @param working how many of them, from the first on
   * @param batches for each
   */
  void run(int working, int batches, boolean withForces) {
    if (working == 1) {
      members.get(0).evaluate(batches, withForces);
      return;
    }
    List<Callable<Void>> tasks = new ArrayList<>();
    for (Member member : members.subList(0, working)) {
      tasks.add(
          () -> {
            member.evaluate(batches, withForces);
            return null;
          });
    }
    try {
      for (Future<Void> done : threads.invokeAll(tasks)) {
        done.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("The benchmark was interrupted.", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(
          "%s failed: %s".formatted(members.get(0).engine.engineDescription(), e.getCause()),
          e.getCause());
    }
  }

  @Override
  public void close() {
    Collections.reverse(members);
    members.forEach(member -> member.engine.close());
    members.clear();
  }
}
