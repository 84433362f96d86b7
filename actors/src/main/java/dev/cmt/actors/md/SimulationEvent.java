package dev.cmt.actors.md;

import java.nio.file.Path;

/** What listeners of a simulation hear, on its own threads: they must be quick. */
public sealed interface SimulationEvent {
  /**
   * The directory is this process's.
   *
   * @param root the directory
   */
  record Opened(Path root) implements SimulationEvent {}

  /**
   * Engines are open and the simulation begins or goes on.
   *
   * @param engine who computes forces
   * @param done ns of replicas that an earlier process simulated, all added up
   * @param total ns of all replicas in the end
   */
  record Started(String engine, double done, double total) implements SimulationEvent {}

  /**
   * A block came to its next frame.
   *
   * @param done ns of all replicas so far
   */
  record Advanced(double done) implements SimulationEvent {}

  /** All replicas are done; files and diagnostics are being written. */
  record Concluding() implements SimulationEvent {}
}
