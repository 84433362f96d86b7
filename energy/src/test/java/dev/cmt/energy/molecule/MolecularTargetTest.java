package dev.cmt.energy.molecule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cmt.energy.Channel;
import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.Evaluation;
import dev.cmt.energy.Evaluator;
import dev.cmt.energy.Prior;
import dev.cmt.energy.ReferenceData;
import dev.cmt.energy.RowFailure;
import dev.cmt.energy.TargetSettings;
import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.energy.system.Atom;
import dev.cmt.energy.system.Bond;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.MolecularSystem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MolecularTargetTest {
  private static final MolecularSystem SYSTEM = BuiltInSystems.load("alanine-dipeptide");
  private static final ZMatrix Z_MATRIX =
      ZMatrix.parse(BuiltInSystems.zMatrix("alanine-dipeptide"));
  private static final MolecularTarget TARGET =
      new MolecularTarget(
          SYSTEM,
          Z_MATRIX,
          new TargetSettings(300, 1e8, 1e20, EnergyEngine.OPENMM, OpenMmPlatform.REFERENCE));
  private static final int D = 60;
  private static final int WIDTH = 66;

  @Test
  void channelsAreBondsAnglesTorsions() {
    assertThat(TARGET.channels())
        .containsExactly(
            new Channel("bonds", 21, false, Prior.TRUNCATED_NORMAL),
            new Channel("angles", 20, false, Prior.TRUNCATED_NORMAL),
            new Channel("torsions", 19, true, Prior.UNIFORM));
    assertThat(TARGET.dimension()).isEqualTo(D);
    assertThat(TARGET.spaceDimension()).isEqualTo(WIDTH);
  }

  /** The half circles TA-BG's rules give for this z-matrix and minimum. */
  @Test
  void halfRangesOfAlanineDipeptide() {
    List<Integer> upper = new ArrayList<>();
    List<Integer> lower = new ArrayList<>();
    for (int n = 0; n < 19; n++) {
      switch (TARGET.torsionRanges().get(n)) {
        case UPPER -> upper.add(n);
        case LOWER -> lower.add(n);
        case FULL -> {
          // Free to turn.
        }
      }
    }
    assertThat(upper).containsExactly(2, 8, 15, 17);
    assertThat(lower).containsExactly(3, 9, 16);
  }

  /** Molecular dynamics and replica exchange never leave the half circles or the boxes. */
  @Test
  void equilibriumFramesAreReached() {
    double[] frames = ReferenceData.numbers("equilibrium.npy");
    double[] logVolume = new double[1000];
    TARGET.unmap(frames, 1000, new float[1000 * D], logVolume);
    assertThat(logVolume).doesNotContain(Double.NaN);
    double[] md = Arrays.copyOf(ReferenceData.numbers("positions.npy"), 40 * WIDTH);
    assertThat(ReferenceData.labels().subList(0, 40)).containsOnly("md300");
    logVolume = new double[40];
    TARGET.unmap(md, 40, new float[40 * D], logVolume);
    assertThat(logVolume).doesNotContain(Double.NaN);
  }

  /** u is float32: torsions are known to 4e-7 rad, so energies to a few thousandths of kT. */
  @Test
  void evaluatingUnmappedFramesGivesTheirEnergies() {
    double[] positions = ReferenceData.numbers("positions.npy");
    double[] energies = ReferenceData.numbers("energies.npy");
    float[] u = new float[80 * D];
    double[] logVolume = new double[80];
    TARGET.unmap(positions, 80, u, logVolume);
    try (Evaluator evaluator = TARGET.openEvaluator()) {
      Evaluation evaluation = evaluator.evaluate(u, 80);
      int reached = 0;
      for (int row = 0; row < 80; row++) {
        if (Double.isNaN(logVolume[row])) {
          assertThat(evaluation.failure()[row]).isEqualTo(RowFailure.BAD_COORDINATE);
          continue;
        }
        reached++;
        assertThat(evaluation.failure()[row]).isEqualTo(RowFailure.NONE);
        assertThat(evaluation.logDensity()[row])
            .isCloseTo(-energies[row] / (8.31446261815324e-3 * 300), Offset.offset(5e-3));
        assertThat(evaluation.logVolume()[row]).isCloseTo(logVolume[row], Offset.offset(1e-4));
      }
      assertThat(reached).isGreaterThanOrEqualTo(75);
    }
  }

  @Test
  void mapAndUnmapAreInverse() {
    float[] u = priorSamples(200, 5);
    double[] x = new double[200 * WIDTH];
    double[] logVolume = new double[200];
    TARGET.map(u, 200, x, logVolume);
    float[] back = new float[200 * D];
    double[] backVolume = new double[200];
    TARGET.unmap(x, 200, back, backVolume);
    assertThat(back).containsExactly(u, Offset.offset(1e-6f));
    assertThat(backVolume).containsExactly(logVolume, Offset.offset(1e-9));
  }

  /**
   * H(q_0) = E[−log q(u)] + E[log |dx/du|] of the prior, −137.85 ± 0.03 in the independent
   * prototype. The first part in closed form (41 normals of 0.1; truncation at five deviations is
   * below 1e-4), the second over 40 000 samples, seed 7, standard error 0.004.
   */
  @Test
  void entropyOfThePrior() {
    int rows = 40_000;
    double[] logVolume = new double[rows];
    TARGET.map(priorSamples(rows, 7), rows, new double[rows * WIDTH], logVolume);
    double normals = 41 * (0.5 * Math.log(2 * Math.PI * Math.E) + Math.log(0.1));
    double entropy = normals + Arrays.stream(logVolume).average().getAsDouble();
    assertThat(entropy).isCloseTo(-137.85, Offset.offset(0.03));
  }

  /**
   * Moving one unit coordinate: u = ½ is the minimum; spans are 0.07 nm, 1.8 rad, half or all 2π.
   */
  @Test
  void scalesAreThoseOfThePaper() {
    float[] u = new float[D];
    Arrays.fill(u, 0.5f);
    double[] q = measure(u);
    double[] minimum = new double[D];
    new InternalCoordinates(Z_MATRIX).toInternal(SYSTEM.minimizedNm(), 0, minimum, 0);
    for (int n = 0; n < 41; n++) {
      assertThat(q[n]).isCloseTo(minimum[n], Offset.offset(1e-12));
    }
    u[4] = 0.6f;
    u[30] = 0.6f;
    u[41 + 4] = 0.75f;
    u[41 + 8] = 0.75f;
    u[41 + 9] = 0.75f;
    q = measure(u);
    assertThat(q[4]).isCloseTo(minimum[4] + 0.007, Offset.offset(1e-7));
    assertThat(q[30]).isCloseTo(minimum[30] + 0.18, Offset.offset(1e-6));
    assertThat(q[41 + 4]).isCloseTo(0.5 * Math.PI, Offset.offset(1e-9));
    assertThat(q[41 + 8]).isCloseTo(0.75 * Math.PI, Offset.offset(1e-9));
    assertThat(q[41 + 9]).isCloseTo(-0.25 * Math.PI, Offset.offset(1e-9));
  }

  /**
   * Fixing lengths takes their coordinates away and nothing else: the same points, a volume without
   * the factors 0.07 nm, the d² still in it.
   */
  @Test
  void constrainedBondsAreConstants() {
    double[] minimum = new double[D];
    new InternalCoordinates(Z_MATRIX).toInternal(SYSTEM.minimizedNm(), 0, minimum, 0);
    MolecularTarget constrained =
        new MolecularTarget(
            new MolecularSystem(
                "constrained",
                SYSTEM.systemXml(),
                SYSTEM.atoms(),
                SYSTEM.bonds(),
                Map.of(Bond.of(0, 1), minimum[2], Bond.of(8, 9), minimum[19]),
                SYSTEM.minimizedNm()),
            Z_MATRIX,
            TARGET.settings());
    assertThat(constrained.dimension()).isEqualTo(58);
    assertThat(constrained.channels().get(0).size()).isEqualTo(19);
    float[] u = priorSamples(1, 3);
    u[2] = 0.5f;
    u[19] = 0.5f;
    float[] fewer = new float[58];
    for (int n = 0, m = 0; n < D; n++) {
      if (n != 2 && n != 19) {
        fewer[m++] = u[n];
      }
    }
    double[] x = new double[WIDTH];
    double[] y = new double[WIDTH];
    double[] logVolume = new double[1];
    double[] fewerVolume = new double[1];
    TARGET.map(u, 1, x, logVolume);
    constrained.map(fewer, 1, y, fewerVolume);
    assertThat(y).containsExactly(x, Offset.offset(1e-12));
    assertThat(fewerVolume[0]).isCloseTo(logVolume[0] - 2 * Math.log(0.07), Offset.offset(1e-10));

    float[] back = new float[58];
    constrained.unmap(y, 1, back, fewerVolume);
    assertThat(back).containsExactly(fewer, Offset.offset(1e-6f));
    u[2] = 0.6f;
    TARGET.map(u, 1, x, logVolume);
    constrained.unmap(x, 1, back, fewerVolume);
    assertThat(fewerVolume[0]).isNaN();
    assertThat(back).containsOnly(Float.NaN);
  }

  @Test
  void rowsThatFailSayWhy() {
    float[] u = priorSamples(4, 9);
    u[D + 3] = Float.NaN;
    u[2 * D + 59] = 1.0000001f;
    try (Evaluator evaluator = TARGET.openEvaluator()) {
      Evaluation evaluation = evaluator.evaluate(u, 4);
      assertThat(evaluation.failure())
          .containsExactly(
              RowFailure.NONE,
              RowFailure.BAD_COORDINATE,
              RowFailure.BAD_COORDINATE,
              RowFailure.NONE);
      assertThat(evaluation.logDensity()[1]).isNaN();
      assertThat(evaluation.logVolume()[2]).isNaN();
      assertThat(evaluation.logDensity()[3]).isFinite();
      assertThat(evaluator.evaluate(u, 0).rows()).isZero();
      assertThatThrownBy(() -> evaluator.evaluate(u, 5))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** A minimum with an angle of 2.6 rad: the box reaches 3.5, beyond π. */
  @Test
  void anglesBeyondTheStraightAreBadGeometry() {
    double[] positions = {0, 0, 0, 0.1, 0, 0, 0, 0, 0, 0.2, 0.1, 0.1};
    positions[6] = 0.1 - 0.1 * Math.cos(2.6);
    positions[7] = 0.1 * Math.sin(2.6);
    Atom atom = new Atom("X", "O", "MOL", 1, ' ');
    MolecularTarget target =
        new MolecularTarget(
            new MolecularSystem(
                "bent",
                "<System/>",
                List.of(atom, atom, atom, atom),
                Set.of(),
                Map.of(),
                positions),
            new ZMatrix(new int[] {0, 1, 2}, new int[][] {{3, 2, 1, 0}}),
            TARGET.settings());
    float[] u = {0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 1f, 0.5f, 0.5f};
    RowFailure[] failure = new RowFailure[2];
    double[] x = new double[24];
    double[] logVolume = new double[2];
    target.unitMap().map(u, 2, x, logVolume, failure);
    assertThat(failure).containsExactly(RowFailure.NONE, RowFailure.BAD_GEOMETRY);
    assertThat(logVolume[0]).isFinite();
    assertThat(logVolume[1]).isNaN();
    assertThat(Arrays.copyOfRange(x, 12, 24)).containsOnly(Double.NaN);
  }

  /** D-alanine is a molecule of its own: neither target reaches the other's conformations. */
  @Test
  void theMirrorImageIsAnotherMolecule() {
    MolecularSystem mirrored = Molecules.mirrored(SYSTEM);
    MolecularTarget other = new MolecularTarget(mirrored, Z_MATRIX, TARGET.settings());
    float[] u = new float[D];
    double[] logVolume = new double[1];
    TARGET.unmap(mirrored.minimizedNm(), 1, u, logVolume);
    assertThat(logVolume[0]).isNaN();
    assertThat(u).containsOnly(Float.NaN);
    other.unmap(SYSTEM.minimizedNm(), 1, u, logVolume);
    assertThat(logVolume[0]).isNaN();
    other.unmap(mirrored.minimizedNm(), 1, u, logVolume);
    double[] ownVolume = new double[1];
    TARGET.unmap(SYSTEM.minimizedNm(), 1, u, ownVolume);
    assertThat(logVolume[0]).isCloseTo(ownVolume[0], Offset.offset(1e-12));
  }

  /** A distance that is no bond cannot be kept: bonds are all that a z-matrix knows. */
  @Test
  void aConstraintThatIsNoCoordinateIsRefused() {
    MolecularSystem constrained =
        new MolecularSystem(
            "constrained",
            SYSTEM.systemXml(),
            SYSTEM.atoms(),
            SYSTEM.bonds(),
            Map.of(Bond.of(0, 2), 0.178),
            SYSTEM.minimizedNm());
    assertThatThrownBy(() -> new MolecularTarget(constrained, Z_MATRIX, TARGET.settings()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 of the 1 constraints of constrained are no lengths")
        .hasMessageContaining("H1 of ACE1 (atom 0) and H2 of ACE1 (atom 2)");
  }

  @ParameterizedTest
  @CsvSource({"OPENMM, REFERENCE", "OPENMM, CPU", "KERNEL, AUTO"})
  void evaluatorsOnTwoThreadsAgreeBitwise(EnergyEngine engine, OpenMmPlatform platform)
      throws Exception {
    MolecularTarget target =
        new MolecularTarget(SYSTEM, Z_MATRIX, new TargetSettings(300, 1e8, 1e20, engine, platform));
    float[] u = priorSamples(100, 13);
    Evaluation alone = evaluate(target, u);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Future<Evaluation> first = threads.submit(() -> evaluate(target, u));
      Future<Evaluation> second = threads.submit(() -> evaluate(target, u));
      for (Evaluation other : List.of(first.get(), second.get())) {
        assertThat(other.logDensity()).isEqualTo(alone.logDensity());
        assertThat(other.logVolume()).isEqualTo(alone.logVolume());
        assertThat(other.failure()).isEqualTo(alone.failure());
      }
    } finally {
      threads.shutdown();
    }
  }

  private static Evaluation evaluate(MolecularTarget target, float[] u) {
    try (Evaluator evaluator = target.openEvaluator()) {
      return evaluator.evaluate(u, u.length / target.dimension());
    }
  }

  private static double[] measure(float[] u) {
    double[] x = new double[WIDTH];
    double[] q = new double[D];
    TARGET.map(u, 1, x, new double[1]);
    new InternalCoordinates(Z_MATRIX).toInternal(x, 0, q, 0);
    return q;
  }

  /** Bonds and angles normal(0.5, 0.1) truncated to [0, 1], torsions uniform. */
  private static float[] priorSamples(int rows, long seed) {
    Random random = new Random(seed);
    float[] u = new float[rows * D];
    for (int i = 0; i < u.length; i++) {
      if (i % D >= 41) {
        u[i] = random.nextFloat();
      } else {
        do {
          u[i] = (float) (0.5 + 0.1 * random.nextGaussian());
        } while (u[i] < 0 || u[i] > 1);
      }
    }
    return u;
  }
}
