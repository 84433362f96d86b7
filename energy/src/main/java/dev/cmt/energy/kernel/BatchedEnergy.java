package dev.cmt.energy.kernel;

import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.RowFailure;
import java.util.Arrays;
import java.util.Objects;
import org.bytedeco.javacpp.DoublePointer;

/**
 * Energies by the vectorised kernel. Rows with a position that is not finite are {@link
 * RowFailure#BAD_GEOMETRY}; coincident atoms give NaN, {@link RowFailure#BAD_ENERGY}. A row's
 * energy may differ in the last digits with the rows it shares a vector with, since the kernel
 * takes a short cut where all of them allow it; the same batch gives the same bits. Owned by one
 * thread at a time.
 */
public final class BatchedEnergy implements PotentialEnergy {
  /** Energy components, in the order the native code reports them. */
  static final int COMPONENTS = 5;

  /** Rows handed over at once: few enough to stay in a core's cache, a multiple of every width. */
  private static final int CHUNK_ROWS = 128;

  private final int atoms;
  private final String description;
  private final KernelNative.Kernel kernel;
  private final DoublePointer positions;
  private final DoublePointer forces;
  private final DoublePointer components;
  private final double[] chunkComponents = new double[CHUNK_ROWS * COMPONENTS];

  private BatchedEnergy(ForceFieldTerms terms, Precision precision, InstructionSet instructionSet) {
    instructionSet.requireSupport();
    atoms = terms.atoms();
    description =
        "batched kernel, %s, %s precision, 1 thread"
            .formatted(instructionSet, precision == Precision.DOUBLE ? "double" : "single");
    kernel = new KernelNative.Kernel(atoms);
    TermTables.fill(kernel, terms);
    kernel.compile(instructionSet.ordinal(), precision == Precision.SINGLE);
    positions = new DoublePointer((long) CHUNK_ROWS * width());
    forces = new DoublePointer((long) CHUNK_ROWS * width());
    components = new DoublePointer((long) CHUNK_ROWS * COMPONENTS);
  }

  /**
   * Opens a kernel in double precision for the best instruction set of this processor, or the one
   * the system property {@code cmt.isa} names: {@code avx512}, {@code avx2} or {@code portable}.
   *
   * @param systemXml a System as OpenMM's XmlSerializer writes it
   * @throws UnsupportedForceException if the System holds anything the kernel does not evaluate
   * @throws IllegalArgumentException if the text is not XML, or {@code cmt.isa} names what this
   *     processor cannot run
   * @throws dev.cmt.energy.EnergyUnavailableException if the product has no kernel for this
   *     platform
   */
  public static BatchedEnergy open(String systemXml) {
    return open(systemXml, Precision.DOUBLE);
  }

  /** As {@link #open(String)}, in the given precision. */
  public static BatchedEnergy open(String systemXml, Precision precision) {
    KernelLibrary.require();
    return open(systemXml, precision, InstructionSet.choose());
  }

  static BatchedEnergy open(String systemXml, Precision precision, InstructionSet instructionSet) {
    Objects.requireNonNull(systemXml, "systemXml");
    Objects.requireNonNull(precision, "precision");
    KernelLibrary.require();
    return new BatchedEnergy(ForceFieldTerms.parse(systemXml), precision, instructionSet);
  }

  @Override
  public int atoms() {
    return atoms;
  }

  @Override
  public String engineDescription() {
    return description;
  }

  @Override
  public void evaluate(
      double[] positionsNm,
      int rows,
      double[] energyKjPerMol,
      double[] forcesKjPerMolNm,
      RowFailure[] failure) {
    requireLength("positionsNm", positionsNm.length, rows, width());
    requireLength("energyKjPerMol", energyKjPerMol.length, rows, 1);
    requireLength("failure", failure.length, rows, 1);
    if (forcesKjPerMolNm != null) {
      requireLength("forcesKjPerMolNm", forcesKjPerMolNm.length, rows, width());
    }
    for (int start = 0; start < rows; start += CHUNK_ROWS) {
      int count = Math.min(CHUNK_ROWS, rows - start);
      evaluateChunk(positionsNm, start, count, forcesKjPerMolNm);
      for (int n = 0; n < count; n++) {
        double energy = 0;
        for (int c = 0; c < COMPONENTS; c++) {
          energy += chunkComponents[COMPONENTS * n + c];
        }
        judge(positionsNm, start + n, energy, energyKjPerMol, forcesKjPerMolNm, failure);
      }
    }
  }

  /**
   * Energies taken apart.
   *
   * @param positionsNm {@code [rows][atoms][3]} row-major
   * @param rows how many rows count
   * @return {@code [rows][5]} row-major, kJ/mol: bonds, angles, torsions, Lennard-Jones and
   *     Coulomb, implicit solvent; NaN where not a number
   */
  double[] energiesByComponent(double[] positionsNm, int rows) {
    requireLength("positionsNm", positionsNm.length, rows, width());
    double[] all = new double[rows * COMPONENTS];
    for (int start = 0; start < rows; start += CHUNK_ROWS) {
      int count = Math.min(CHUNK_ROWS, rows - start);
      evaluateChunk(positionsNm, start, count, null);
      System.arraycopy(chunkComponents, 0, all, start * COMPONENTS, count * COMPONENTS);
    }
    return all;
  }

  private void evaluateChunk(double[] positionsNm, int start, int count, double[] rowForces) {
    if (kernel.isNull()) {
      throw new IllegalStateException("This BatchedEnergy is closed.");
    }
    positions.put(positionsNm, start * width(), count * width());
    kernel.evaluate(positions, count, components, rowForces == null ? null : forces);
    components.get(chunkComponents, 0, count * COMPONENTS);
    if (rowForces != null) {
      forces.get(rowForces, start * width(), count * width());
    }
  }

  private void judge(
      double[] positionsNm,
      int row,
      double energy,
      double[] energyKjPerMol,
      double[] forcesKjPerMolNm,
      RowFailure[] failure) {
    int from = row * width();
    int to = from + width();
    energyKjPerMol[row] = energy;
    failure[row] = RowFailure.NONE;
    if (Double.isNaN(energy) || energy == Double.NEGATIVE_INFINITY) {
      boolean finite = Arrays.stream(positionsNm, from, to).allMatch(Double::isFinite);
      failure[row] = finite ? RowFailure.BAD_ENERGY : RowFailure.BAD_GEOMETRY;
      energyKjPerMol[row] = Double.NaN;
      if (forcesKjPerMolNm != null) {
        Arrays.fill(forcesKjPerMolNm, from, to, Double.NaN);
      }
    }
  }

  private int width() {
    return 3 * atoms;
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
    positions.deallocate();
    forces.deallocate();
    components.deallocate();
  }
}
