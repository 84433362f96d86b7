package dev.cmt.energy.kernel;

import dev.cmt.energy.MappedEnergy;
import dev.cmt.energy.RowFailure;
import java.util.Arrays;
import java.util.Objects;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;

/**
 * Map and energies by the vectorised kernel in one pass, in double precision: positions of a few
 * conformations at a time, which never leave the processor's cache. As with {@link BatchedEnergy},
 * a row's last digits may depend on the rows it shares a vector with. Owned by one thread at a
 * time.
 */
public final class BatchedMappedEnergy implements MappedEnergy {
  /** Rows handed over at once: few enough to stay in a core's cache, a multiple of every width. */
  private static final int CHUNK_ROWS = 128;

  /** What the native code says of a row, in the order of its enum MapStatus. */
  private static final RowFailure[] STATUS = {
    RowFailure.NONE, RowFailure.BAD_COORDINATE, RowFailure.BAD_GEOMETRY
  };

  private final int atoms;
  private final int dimension;
  private final String description;
  private final KernelNative.Kernel kernel;
  private final FloatPointer u;
  private final DoublePointer energies = new DoublePointer((long) CHUNK_ROWS);
  private final DoublePointer volumes = new DoublePointer((long) CHUNK_ROWS);
  private final IntPointer status = new IntPointer((long) CHUNK_ROWS);
  private final DoublePointer positions;
  private final DoublePointer energyGradients;
  private final DoublePointer volumeGradients;
  private final int[] chunkStatus = new int[CHUNK_ROWS];

  private BatchedMappedEnergy(
      ForceFieldTerms terms, CoordinateMap map, InstructionSet instructionSet) {
    instructionSet.requireSupport();
    if (map.atoms() != terms.atoms()) {
      throw new IllegalArgumentException(
          "The map places %d atoms but the System has %d; they must be the same."
              .formatted(map.atoms(), terms.atoms()));
    }
    atoms = terms.atoms();
    dimension = map.dimension();
    description =
        "batched kernel with coordinate map, %s, double precision, 1 thread"
            .formatted(instructionSet);
    kernel = new KernelNative.Kernel(atoms);
    TermTables.fill(kernel, terms);
    fill(kernel, map);
    kernel.compileMapped(instructionSet.ordinal());
    u = new FloatPointer((long) CHUNK_ROWS * dimension);
    positions = new DoublePointer((long) CHUNK_ROWS * 3 * atoms);
    energyGradients = new DoublePointer((long) CHUNK_ROWS * dimension);
    volumeGradients = new DoublePointer((long) CHUNK_ROWS * dimension);
  }

  private static void fill(KernelNative.Kernel kernel, CoordinateMap map) {
    kernel.setMap(
        map.dimension(),
        map.frame().stream().mapToInt(Integer::intValue).toArray(),
        map.placements().stream()
            .flatMapToInt(
                p -> Arrays.stream(new int[] {p.row(), p.atom(), p.near(), p.middle(), p.far()}))
            .toArray(),
        map.coordinates().stream().mapToInt(CoordinateMap.Coordinate::column).toArray(),
        map.coordinates().stream().mapToDouble(CoordinateMap.Coordinate::shift).toArray(),
        map.coordinates().stream().mapToDouble(CoordinateMap.Coordinate::scale).toArray(),
        map.logVolume());
  }

  /**
   * Opens a kernel for the best instruction set of this processor, or the one the system property
   * {@code cmt.isa} names.
   *
   * @param systemXml a System as OpenMM's XmlSerializer writes it
   * @throws UnsupportedForceException if the System holds anything the kernel does not evaluate
   * @throws IllegalArgumentException if the text is not XML, the map is not of as many atoms, or
   *     {@code cmt.isa} names what this processor cannot run
   * @throws dev.cmt.energy.EnergyUnavailableException if the product has no kernel for this
   *     platform
   */
  public static BatchedMappedEnergy open(String systemXml, CoordinateMap map) {
    KernelLibrary.require();
    return open(systemXml, map, InstructionSet.choose());
  }

  static BatchedMappedEnergy open(
      String systemXml, CoordinateMap map, InstructionSet instructionSet) {
    Objects.requireNonNull(systemXml, "systemXml");
    Objects.requireNonNull(map, "map");
    KernelLibrary.require();
    return new BatchedMappedEnergy(ForceFieldTerms.parse(systemXml), map, instructionSet);
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public String engineDescription() {
    return description;
  }

  @Override
  public void evaluate(
      float[] u, int rows, double[] energyKjPerMol, double[] logVolume, RowFailure[] failure) {
    requireRows(u, rows, energyKjPerMol, logVolume, failure);
    for (int start = 0; start < rows; start += CHUNK_ROWS) {
      int count = Math.min(CHUNK_ROWS, rows - start);
      evaluateChunk(u, start, count, energyKjPerMol, logVolume, failure, null, null, null);
    }
  }

  /**
   * Energies and log-volumes with their gradients in the unit coordinates, by the adjoint of the
   * map.
   *
   * @param energyGradient {@code [rows][dimension]} dE/du, kJ/mol, written; NaN where the row
   *     failed
   * @param volumeGradient {@code [rows][dimension]} d log |dx/du| / du, written; NaN where the map
   *     failed
   * @see #evaluate
   */
  public void differentiate(
      float[] u,
      int rows,
      double[] energyKjPerMol,
      double[] logVolume,
      double[] energyGradient,
      double[] volumeGradient,
      RowFailure[] failure) {
    requireRows(u, rows, energyKjPerMol, logVolume, failure);
    requireLength("energyGradient", energyGradient.length, rows, dimension);
    requireLength("volumeGradient", volumeGradient.length, rows, dimension);
    for (int start = 0; start < rows; start += CHUNK_ROWS) {
      int count = Math.min(CHUNK_ROWS, rows - start);
      evaluateChunk(
          u,
          start,
          count,
          energyKjPerMol,
          logVolume,
          failure,
          null,
          energyGradients,
          volumeGradients);
      energyGradients.get(energyGradient, start * dimension, count * dimension);
      volumeGradients.get(volumeGradient, start * dimension, count * dimension);
      for (int row = start; row < start + count; row++) {
        fillWhere(Double.isNaN(energyKjPerMol[row]), energyGradient, row, dimension);
        fillWhere(Double.isNaN(logVolume[row]), volumeGradient, row, dimension);
      }
    }
  }

  /** {@code [rows][atoms][3]} nm, NaN where the map failed; what energies are computed of. */
  double[] positions(float[] u, int rows) {
    double[] energy = new double[rows];
    double[] logVolume = new double[rows];
    RowFailure[] failure = new RowFailure[rows];
    requireRows(u, rows, energy, logVolume, failure);
    int width = 3 * atoms;
    double[] all = new double[rows * width];
    for (int start = 0; start < rows; start += CHUNK_ROWS) {
      int count = Math.min(CHUNK_ROWS, rows - start);
      evaluateChunk(u, start, count, energy, logVolume, failure, positions, null, null);
      positions.get(all, start * width, count * width);
      for (int row = start; row < start + count; row++) {
        fillWhere(Double.isNaN(logVolume[row]), all, row, width);
      }
    }
    return all;
  }

  private void evaluateChunk(
      float[] rowsOfU,
      int start,
      int count,
      double[] energyKjPerMol,
      double[] logVolume,
      RowFailure[] failure,
      DoublePointer rowPositions,
      DoublePointer energySlopes,
      DoublePointer volumeSlopes) {
    if (kernel.isNull()) {
      throw new IllegalStateException("This BatchedMappedEnergy is closed.");
    }
    u.put(rowsOfU, start * dimension, count * dimension);
    kernel.evaluateMapped(
        u, count, energies, volumes, status, rowPositions, energySlopes, volumeSlopes);
    energies.get(energyKjPerMol, start, count);
    volumes.get(logVolume, start, count);
    status.get(chunkStatus, 0, count);
    for (int n = 0; n < count; n++) {
      int row = start + n;
      failure[row] = STATUS[chunkStatus[n]];
      if (failure[row] != RowFailure.NONE) {
        energyKjPerMol[row] = Double.NaN;
        logVolume[row] = Double.NaN;
      } else if (Double.isNaN(energyKjPerMol[row])
          || energyKjPerMol[row] == Double.NEGATIVE_INFINITY) {
        energyKjPerMol[row] = Double.NaN;
        failure[row] = RowFailure.BAD_ENERGY;
      }
    }
  }

  private static void fillWhere(boolean failed, double[] rows, int row, int width) {
    if (failed) {
      Arrays.fill(rows, row * width, (row + 1) * width, Double.NaN);
    }
  }

  private void requireRows(
      float[] u, int rows, double[] energyKjPerMol, double[] logVolume, RowFailure[] failure) {
    requireLength("u", u.length, rows, dimension);
    requireLength("energyKjPerMol", energyKjPerMol.length, rows, 1);
    requireLength("logVolume", logVolume.length, rows, 1);
    requireLength("failure", failure.length, rows, 1);
  }

  private static void requireLength(String name, int length, int rows, int width) {
    if (rows < 0 || length < (long) rows * width) {
      throw new IllegalArgumentException(
          "%s holds %d numbers; %d rows of %d need %d."
              .formatted(name, length, rows, width, (long) rows * width));
    }
  }

  @Override
  public void close() {
    kernel.deallocate();
    u.deallocate();
    energies.deallocate();
    volumes.deallocate();
    status.deallocate();
    positions.deallocate();
    energyGradients.deallocate();
    volumeGradients.deallocate();
  }
}
