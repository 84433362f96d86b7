package dev.cmt.actors.molecule;

import dev.cmt.energy.molecule.ZMatrixBuilder;

/**
 * A run file for an imported molecule. Sizes grow with its dimension as those of the quick configs
 * do that reached the target with the built-in peptides, of 60 to 178 coordinates: few, large
 * annealing steps and a small network, for hours of two cores rather than days.
 */
final class StarterConfig {
  /** A ring's torsions are learned, not given; that takes more of the path. */
  private static final int STEPS_FOR_RINGS = 60;

  /** Beyond it a fit of so small a network trembles at the quick configs' usual rate. */
  private static final int LARGE_DIMENSION = 150;

  private StarterConfig() {}

  static String of(MoleculeImport molecule) {
    int dimension = molecule.target().dimension();
    int rings =
        ZMatrixBuilder.ringBonds(molecule.target().system(), molecule.target().zMatrix()).size();
    return """
    # %s, %d coordinates%s.
    # Sizes to begin with, as the quick configs of the built-in peptides have them at such a dimension. If the report warns that annealing
    # ended before the target, raise annealing.steps; if its ESS is low or it warns of heavy-tailed weights, take a larger network, more
    # samples and gradient steps, and a smaller eps_tr, as config/paper has them. Every key: actors/src/main/resources/reference.conf.

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
      samples_per_step = %d
      eps_tr = 1.0
      # Chosen on the way, so that the constraint lets go after this part of the steps. A larger part is kinder to rare basins.
      eps_ent = auto
      entropy_release = 0.5
    }

    training {
      # One to two passes over a step's samples: more would overfit them.
      gradient_steps = %d
      batch_size = 500
      learning_rate = %s
      # Single rows of large weight make gradients that say little.
      max_grad_norm = 50
      warmup_steps = 300
    }

    evaluation.samples = 200000
    """
        .formatted(
            molecule.name(),
            dimension,
            rings == 0 ? "" : rings == 1 ? ", a ring" : ", %d rings".formatted(rings),
            molecule.target().settings().temperatureK(),
            steps(dimension) + (rings == 0 ? 0 : STEPS_FOR_RINGS),
            samples(dimension),
            120 + samples(dimension) / 1000,
            learningRate(dimension));
  }

  /** 110 at 60 coordinates, 180 at 178: while it binds, a step gives up 2 to 3 nats of entropy. */
  static int steps(int dimension) {
    return 10 * Math.round((80 + 0.55f * dimension) / 10);
  }

  /** 40,000 up to 60 coordinates, 120,000 at 178. */
  static int samples(int dimension) {
    return Math.max(40_000, 10_000 * Math.round(0.07f * dimension));
  }

  static String learningRate(int dimension) {
    return dimension > LARGE_DIMENSION ? "1.5e-3" : "2e-3";
  }
}
