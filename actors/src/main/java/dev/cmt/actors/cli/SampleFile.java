package dev.cmt.actors.cli;

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
  /**
   * Takes points.
   *
   * @param x {@code [rows][spaceDimension]} finite; nm for molecules
   */
  void add(double[] x, int rows) throws IOException;

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
   * @throws CommandException if the suffix is not known, does not fit the target, or so many
   *     samples do not fit into the format
   */
  static void require(Path file, Target target, long samples) {
    String suffix = WholeFile.suffix(file);
    boolean molecule = target instanceof MolecularTarget;
    if (!suffix.equals(".npz") && !suffix.equals(".dcd") && !suffix.equals(".pdb")) {
      throw CommandException.wrongUse("%s must end in .dcd, .npz or .pdb.".formatted(file), null);
    }
    if (!suffix.equals(".npz") && !molecule) {
      throw CommandException.wrongUse(
          "%s is no molecule; %s must end in .npz.".formatted(target.name(), file), null);
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
   */
  static SampleFile begin(Path name, Path file, Target target, int samples) throws IOException {
    return switch (WholeFile.suffix(name)) {
      case ".dcd" -> new Dcd(name, DcdWriter.create(file, target.spaceDimension() / 3), target);
      case ".npz" -> new Npz(file, target, new float[samples * target.spaceDimension()]);
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
    public void add(double[] x, int rows) throws IOException {
      for (int row = 0; row < rows; row++) {
        writer.write(x, row * spaceDimension);
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

  /** Arrays: positions in float32, densities and weights in float64. */
  final class Npz implements SampleFile {
    private final Path file;
    private final Target target;
    private final float[] x;
    private int length;

    Npz(Path file, Target target, float[] x) {
      this.file = file;
      this.target = target;
      this.x = x;
    }

    @Override
    public void add(double[] points, int rows) {
      for (int i = 0; i < rows * target.spaceDimension(); i++) {
        x[length++] = (float) points[i];
      }
    }

    @Override
    public void finish(Weighted weighted) throws IOException {
      int n = weighted.weights().length;
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
    public void add(double[] x, int rows) {
      System.arraycopy(x, 0, positionsNm, length, rows * target.spaceDimension());
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
