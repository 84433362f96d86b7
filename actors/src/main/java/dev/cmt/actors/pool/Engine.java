package dev.cmt.actors.pool;

/**
 * What computes a worker's energies, as far as the bits of its results depend on it.
 *
 * @param description the evaluator's own description
 * @param instructionSets the processor's vector instruction sets
 */
public record Engine(String description, String instructionSets) {
  /** An evaluator on this machine. */
  public static Engine here(String description) {
    return new Engine(description, InstructionSets.ofThisMachine());
  }

  @Override
  public String toString() {
    return "%s (%s)".formatted(description, instructionSets);
  }
}
