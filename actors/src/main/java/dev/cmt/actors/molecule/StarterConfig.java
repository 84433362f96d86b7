package dev.cmt.actors.molecule;

import dev.cmt.energy.molecule.ZMatrixBuilder;

/**
 * A run file for an imported molecule, with the sizes that the quick configs of the built-in
 * peptides have at its dimension: few, large annealing steps and a small network, for hours of two
 * cores rather than days.
 */
final class StarterConfig {
  private static final int STEPS = 140;

  /** A ring's torsions are learned, not given; that takes more of the path. */
  private static final int STEPS_FOR_RINGS = 60;

  private StarterConfig() {}

  static String of(MoleculeImport molecule) {
    int dimension = molecule.target().dimension();
    int rings =
        ZMatrixBuilder.ringBonds(molecule.target().system(), molecule.target().zMatrix()).size();
    return """
    # %s, %d coordinates%s.
    # Sizes to begin with, as the quick configs of the built-in peptides have them. If the report warns that annealing ended before the
    # target, raise annealing.steps; if its ESS is low, take a larger network, a smaller eps_tr and more samples, as config/paper has
    # them. Every key: actors/src/main/resources/reference.conf.

    # Beside this file: what ./cmt import made. validation.html says what was checked.
    target.directory = "."
    target.temperature_k = %s

    flow {
      # Deeper and narrower beats wider at equal cost; so small a network wants the activation after every layer.
      hidden = [64, 64]
      activation = silu
      first_activation = true
    }

    annealing {
      steps = %d
      samples_per_step = 40000
      eps_tr = 1.0
      # Chosen on the way, so that the constraint lets go after this part of the steps. A larger part is kinder to rare basins.
      eps_ent = auto
      entropy_release = 0.4
    }

    training {
      # Two passes over a step's samples: more would overfit them.
      gradient_steps = 160
      batch_size = 500
      learning_rate = 2e-3
      warmup_steps = 300
    }

    evaluation.samples = 200000
    """
        .formatted(
            molecule.name(),
            dimension,
            rings == 0 ? "" : rings == 1 ? ", a ring" : ", %d rings".formatted(rings),
            molecule.target().settings().temperatureK(),
            STEPS + (rings == 0 ? 0 : STEPS_FOR_RINGS));
  }
}
