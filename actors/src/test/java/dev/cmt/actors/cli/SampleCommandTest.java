package dev.cmt.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.actors.config.ConfiguredTarget;
import dev.cmt.actors.config.RunConfig;
import dev.cmt.actors.run.RunResult;
import dev.cmt.actors.run.TrainingRun;
import dev.cmt.energy.Target;
import dev.cmt.energy.io.Conformations;
import dev.cmt.energy.io.DcdFile;
import dev.cmt.energy.io.NpyArray;
import dev.cmt.energy.io.NpyFile;
import dev.cmt.energy.io.NpzFile;
import dev.cmt.energy.io.PdbFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleCommandTest {
  private static final String SMALLEST =
      """
      flow { pairs = 1, hidden = [8], bins = 4, threads = 1 }
      annealing { steps = 1, samples_per_step = 200 }
      training { gradient_steps = 5, batch_size = 20, warmup_steps = 0 }
      energy { batch_rows = 100, workers = 1 }
      evaluation.samples = 100
      """;

  @TempDir static Path runs;
  private static Path dipeptide;
  private static Path mixture;

  @TempDir Path directory;

  @BeforeAll
  static void trainALittle() throws Exception {
    dipeptide = train("alanine-dipeptide");
    mixture = train("gmm40");
  }

  private static Path train(String system) throws Exception {
    Path file = runs.resolve(system + ".conf");
    Files.writeString(file, "target.system = " + system + "\n" + SMALLEST);
    Path root = runs.resolve(system);
    RunResult result =
        TrainingRun.start(RunConfig.load(file, List.of()), root, event -> {})
            .result()
            .toCompletableFuture()
            .get();
    assertThat(result.status()).isEqualTo(RunResult.Status.FINISHED);
    return root;
  }

  @Test
  void arraysHoldPositionsDensitiesAndWeights() throws Exception {
    Path file = directory.resolve("samples.npz");

    Cli cli = Cli.run("sample", dipeptide, "-n", 250, "-o", file);

    assertThat(cli.code()).isEqualTo(ExitCode.SUCCESS);
    assertThat(cli.out()).contains("250 samples after 1 of 1 annealing steps; ESS ");
    Map<String, NpyArray> arrays = NpzFile.read(file);
    assertThat(arrays).containsOnlyKeys("positions_nm", "weights", "log_q", "log_p");
    assertThat(arrays.get("positions_nm").shape()).containsExactly(250, 22, 3);
    double[] weights = arrays.get("weights").doubles();
    double[] logQ = arrays.get("log_q").doubles();
    double[] logP = arrays.get("log_p").doubles();
    assertThat(Arrays.stream(weights).sum()).isCloseTo(1, within(1e-12));
    int heaviest = 0;
    for (int i = 0; i < weights.length; i++) {
      heaviest = weights[i] > weights[heaviest] ? i : heaviest;
    }
    for (int i = 0; i < weights.length; i++) {
      double ratio = Math.exp(logP[i] - logQ[i] - (logP[heaviest] - logQ[heaviest]));
      assertThat(weights[i] / weights[heaviest]).isCloseTo(ratio, within(1e-9));
    }
  }

  /** What another implementation of the flow needs to check ours. */
  @Test
  void unitCoordinatesHaveTheFlowsOwnDensity() throws Exception {
    Path file = directory.resolve("unit.npz");

    Cli cli = Cli.run("sample", dipeptide, "-n", 250, "--unit", "-o", file);

    assertThat(cli.code()).isEqualTo(ExitCode.SUCCESS);
    Map<String, NpyArray> arrays = NpzFile.read(file);
    assertThat(arrays.get("u").shape()).containsExactly(250, 60);
    int[] rows = {0, 99, 100, 249}; // of three batches
    RunConfig config = RunConfig.load(runs.resolve("alanine-dipeptide.conf"), List.of());
    Target target = ConfiguredTarget.create(config);
    float[] u = arrays.get("u").floats();
    double[] x = new double[250 * target.spaceDimension()];
    double[] logVolume = new double[250];
    target.map(u, 250, x, logVolume);
    for (int row : rows) {
      assertThat(arrays.get("log_volume").doubles()[row])
          .isCloseTo(logVolume[row], within(1e-9 * Math.abs(logVolume[row])));
      // float32 of up to a nm.
      assertThat(arrays.get("positions_nm").doubles()[row * 66 + 65])
          .isCloseTo(x[row * 66 + 65], within(1e-6));
    }
  }

  @Test
  void trajectoriesHaveTheirWeightsBeside() throws Exception {
    Path npz = directory.resolve("samples.npz");
    Path dcd = directory.resolve("samples.dcd");
    Path pdb = directory.resolve("few.pdb");

    for (Path file : new Path[] {npz, dcd, pdb}) {
      assertThat(Cli.run("sample", dipeptide, "-n", 120, "--seed", 5, "-o", file).err()).isEmpty();
    }

    Map<String, NpyArray> arrays = NpzFile.read(npz);
    double[] positions = arrays.get("positions_nm").doubles();
    Conformations frames = DcdFile.read(dcd);
    Conformations models = PdbFile.read(pdb);
    assertThat(frames.frames()).isEqualTo(120);
    // float32 of up to a few nm, and of ten times as many Å; PDB has three decimals of an Å.
    assertThat(frames.positionsNm()).containsExactly(positions, within(1e-6));
    assertThat(models.positionsNm()).containsExactly(positions, within(5.1e-5));
    assertThat(NpyFile.read(directory.resolve("samples.dcd.weights.npy")).doubles())
        .containsExactly(arrays.get("weights").doubles());
    assertThat(NpyFile.read(directory.resolve("few.pdb.weights.npy")).shape()).containsExactly(120);
  }

  @Test
  void theSeedDecidesTheSamples() throws Exception {
    Path first = directory.resolve("first.npz");
    Path again = directory.resolve("again.npz");
    Path other = directory.resolve("other.npz");

    Cli.run("sample", mixture, "-n", 150, "--seed", 3, "-o", first);
    Cli.run("sample", mixture, "-n", 150, "--seed", 3, "-o", again);
    Cli.run("sample", mixture, "-n", 150, "--seed", 4, "-o", other);

    assertThat(again).hasSameBinaryContentAs(first);
    assertThat(NpzFile.read(other).get("x").floats())
        .isNotEqualTo(NpzFile.read(first).get("x").floats());
    assertThat(NpzFile.read(first).get("x").shape()).containsExactly(150, 2);
  }

  /** A run that was trained on a cluster's GPU is looked at on a laptop. */
  @Test
  void aDeviceThatIsNotHereIsNotNeeded() throws Exception {
    Path trained = directory.resolve("trained");
    Path here = directory.resolve("here.npz");
    Path elsewhere = directory.resolve("elsewhere.npz");
    Cli.run("sample", mixture, "-n", 150, "-o", here);
    try (Stream<Path> files = Files.walk(mixture)) {
      for (Path file : files.toList()) {
        Files.copy(file, trained.resolve(mixture.relativize(file)));
      }
    }
    Path manifest = trained.resolve("run.json");
    String onGpu =
        Files.readString(manifest).replaceFirst("\"device\" : \"cpu\"", "\"device\" : \"gpu:99\"");
    Files.writeString(manifest, onGpu);
    assertThat(onGpu).contains("gpu:99");

    assertThat(Cli.run("sample", trained, "-n", 150, "-o", elsewhere).code())
        .isEqualTo(ExitCode.SUCCESS);

    assertThat(elsewhere).hasSameBinaryContentAs(here);
  }

  @Test
  void refusesWhatItCannotWriteAndLeavesNothing() throws Exception {
    assertRefused("is no molecule", mixture, 1, "x.dcd");
    assertRefused("must end in", mixture, 1, "x.csv");
    assertRefused("has no place for unit coordinates", dipeptide, 1, "x.dcd", "--unit");
    assertRefused("must be at least 1", mixture, 0, "x.npz");
    assertRefused("create it first", mixture, 1, "no/x.npz");
    assertRefused("do not fit into one", dipeptide, 2_000_000_000, "x.npz");
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).isEmpty();
    }
  }

  private void assertRefused(String why, Path run, int samples, String name, Object... more) {
    Object[] words = {"sample", run, "-n", samples, "-o", directory.resolve(name)};
    Cli cli = Cli.run(Stream.concat(Stream.of(words), Stream.of(more)).toArray());
    assertThat(cli.code()).as(why).isEqualTo(ExitCode.WRONG_USE);
    assertThat(cli.err()).contains(why).doesNotContain("\tat ");
  }
}
