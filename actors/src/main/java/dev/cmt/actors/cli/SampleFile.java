package dev.cmt.actors.cli;

import dev.cmt.actors.run.TrainedSampler;
import dev.cmt.energy.Target;
import dev.cmt.energy.io.Conformations;
import dev.cmt.energy.io.DcdWriter;
import dev.cmt.energy.io.NpyArray;
import dev.cmt.energy.io.NpyFile;
import dev.cmt.energy.io.NpzFile;
import dev.cmt.energy.io.PdbFile;
import dev.cmt.energy.molecule.MolecularTarget;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** A file of samples while it is written, one format a class. For one thread. */
sealed interface SampleFile extends AutoCloseable {
  /** Takes the first rows of a batch; their coordinates are finite. */
  void add(TrainedSampler.Batch batch, int rows) throws IOException;

  /** Lets go of what is open, finished or not. */
  @Override
  default void close() throws IOException {}

  /** Takes what belongs to all points, in their order, and ends the file. */
  void finish(Weighted weighted) throws IOException;

  /**
   * What makes samples of the flow samples of the target.
   *
   * @param logQ {@code [n]} log-density they were drawn from
   * @param logP {@code [n]} log p̃; NaN where a row failed
   * @param weights {@code [n]} not negative, sum 1; 0 where a row failed
   */
  record Weighted(double[] logQ, double[] logP, double[] weights) {}

  /**
   * Refuses what cannot be written, before anything is computed.
   *
   * @param unit whether unit coordinates are to be in it too
   * @throws CommandException if the suffix is not known, does not fit the target or has no place
   *     for unit coordinates, or so many samples do not fit into the format
   */
  static void require(Path file, Target target, long samples, boolean unit) {
    String suffix = WholeFile.suffix(file);
    boolean molecule = target instanceof MolecularTarget;
    if (!suffix.equals(".npz") && !suffix.equals(".dcd") && !suffix.equals(".pdb")) {
      throw CommandException.wrongUse("%s must end in .dcd, .npz or .pdb.".formatted(file), null);
    }
    if (!suffix.equals(".npz") && !molecule) {
      throw CommandException.wrongUse(
          "%s is no molecule; %s must end in .npz.".formatted(target.name(), file), null);
    }
    if (!suffix.equals(".npz") && unit) {
      throw CommandException.wrongUse(
          "%s has no place for unit coordinates; with --unit it must end in .npz.".formatted(file),
          null);
    }
    if (!suffix.equals(".dcd") && samples > Integer.MAX_VALUE / target.spaceDimension() - 8) {
      throw CommandException.wrongUse(
          "%d samples do not fit into one %s file; draw fewer%s."
              .formatted(samples, suffix, molecule ? ", or write .dcd" : ""),
          null);
    }
  }

  /**
   * Begins a file whose suffix and size were checked by {@link #require}.
   *
   * @param name the name it will get
   * @param file where it is written until then
   * @param unit whether unit coordinates are in it too
   */
  static SampleFile begin(Path name, Path file, Target target, int samples, boolean unit)
      throws IOException {
    return switch (WholeFile.suffix(name)) {
      case ".dcd" -> new Dcd(name, DcdWriter.create(file, target.spaceDimension() / 3), target);
      case ".npz" -> new Npz(file, target, samples, unit);
      default ->
          new Pdb(
              name, file, (MolecularTarget) target, new double[samples * target.spaceDimension()]);
    };
  }

  /** The file beside {@code name} that holds the weights of formats that have no place for them. */
  static Path weightsBeside(Path name) {
    // With its suffix, so that a .pdb never takes the weights of a .dcd of the same name.
    return name.resolveSibling(name.getFileName() + ".weights.npy");
  }

  private static void writeWeights(Path name, double[] weights) throws IOException {
    WholeFile.write(
        weightsBeside(name), file -> NpyFile.write(file, NpyArray.of(weights, weights.length)));
  }

  /** Trajectory frames, weights beside. */
  final class Dcd implements SampleFile {
    private final Path name;
    private final DcdWriter writer;
    private final int spaceDimension;

    Dcd(Path name, DcdWriter writer, Target target) {
      this.name = name;
      this.writer = writer;
      this.spaceDimension = target.spaceDimension();
    }

    @Override
    public void add(TrainedSampler.Batch batch, int rows) throws IOException {
      for (int row = 0; row < rows; row++) {
        writer.write(batch.x(), row * spaceDimension);
      }
    }

    @Override
    public void finish(Weighted weighted) throws IOException {
      writer.close();
      writeWeights(name, weighted.weights());
    }

    @Override
    public void close() throws IOException {
      writer.close();
    }
  }

  /** Arrays: positions and unit coordinates in float32, densities and weights in float64. */
  final class Npz implements SampleFile {
    private final Path file;
    private final Target target;
    private final boolean unit;
    private final float[] x;
    private final float[] u;
    private final double[] logVolume;
    private int rows;

    Npz(Path file, Target target, int samples, boolean unit) {
      this.file = file;
      this.target = target;
      this.unit = unit;
      x = new float[samples * target.spaceDimension()];
      u = new float[unit ? samples * target.dimension() : 0];
      logVolume = new double[unit ? samples : 0];
    }

    @Override
    public void add(TrainedSampler.Batch batch, int more) {
      int length = rows * target.spaceDimension();
      for (int i = 0; i < more * target.spaceDimension(); i++) {
        x[length + i] = (float) batch.x()[i];
      }
      if (unit) {
        int dimension = target.dimension();
        System.arraycopy(batch.u(), 0, u, rows * dimension, more * dimension);
        System.arraycopy(batch.logVolume(), 0, logVolume, rows, more);
      }
      rows += more;
    }

    @Override
    public void finish(Weighted weighted) throws IOException {
      int n = rows;
      int length = n * target.spaceDimension();
      float[] used = length == x.length ? x : Arrays.copyOf(x, length);
      Map<String, NpyArray> arrays = new LinkedHashMap<>();
      if (target instanceof MolecularTarget) {
        arrays.put("positions_nm", NpyArray.of(used, n, target.spaceDimension() / 3, 3));
      } else {
        arrays.put("x", NpyArray.of(used, n, target.spaceDimension()));
      }
      arrays.put("weights", NpyArray.of(weighted.weights(), n));
      arrays.put("log_q", NpyArray.of(weighted.logQ(), n));
      arrays.put("log_p", NpyArray.of(weighted.logP(), n));
      if (unit) {
        int dimension = target.dimension();
        arrays.put("u", NpyArray.of(Arrays.copyOf(u, n * dimension), n, dimension));
        arrays.put("log_volume", NpyArray.of(Arrays.copyOf(logVolume, n), n));
      }
      NpzFile.write(file, arrays);
    }
  }

  /** Models, weights beside. */
  final class Pdb implements SampleFile {
    private final Path name;
    private final Path file;
    private final MolecularTarget target;
    private final double[] positionsNm;
    private int length;

    Pdb(Path name, Path file, MolecularTarget target, double[] positionsNm) {
      this.name = name;
      this.file = file;
      this.target = target;
      this.positionsNm = positionsNm;
    }

    @Override
    public void add(TrainedSampler.Batch batch, int rows) {
      System.arraycopy(batch.x(), 0, positionsNm, length, rows * target.spaceDimension());
      length += rows * target.spaceDimension();
    }

    @Override
    public void finish(Weighted weighted) throws IOException {
      double[] used =
          length == positionsNm.length ? positionsNm : Arrays.copyOf(positionsNm, length);
      PdbFile.write(
          file, target.system().atoms(), new Conformations(target.spaceDimension() / 3, used));
      writeWeights(name, weighted.weights());
    }
  }
}
