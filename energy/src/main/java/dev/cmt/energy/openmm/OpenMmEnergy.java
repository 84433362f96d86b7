package dev.cmt.energy.openmm;

import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.RowFailure;
import dev.cmt.energy.system.SystemXml;
import java.util.Arrays;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Energies of an OpenMM System on one platform and one thread. Constraints of the System are not
 * applied to the positions. Rows with a position that is not finite are {@link
 * RowFailure#BAD_GEOMETRY} on every platform; coincident atoms give NaN or infinity, as the
 * platform has it. Owned by one thread at a time.
 */
public final class OpenMmEnergy implements PotentialEnergy {
  /**
   * Contexts are opened one at a time in a process: OpenMM parses a System's numbers and
   * expressions with scratch memory in global variables, and two threads at it gave each other
   * wrong force fields without a word.
   */
  private static final Object OPENING = new Object();

  private static final Logger LOG = LoggerFactory.getLogger(OpenMmEnergy.class);
  private static final int ALL_FORCES = -1;
  private static final int MAX_FORCE_GROUPS = 32;

  private final String description;
  private final int atoms;
  private final OpenMmNative.EnergyContext context;
  private boolean refusalLogged;

  private OpenMmEnergy(String description, OpenMmNative.EnergyContext context) {
    this.description = description;
    this.context = context;
    this.atoms = context.particles();
  }

  /**
   * Opens a context.
   *
   * @param systemXml a System as OpenMM's XmlSerializer writes it
   * @param platform which implementation computes
   * @throws dev.cmt.energy.EnergyUnavailableException if OpenMM or the platform is not installed
   * @throws IllegalArgumentException if the text is no System, or OpenMM refuses it, with its
   *     reason
   */
  public static OpenMmEnergy open(String systemXml, OpenMmPlatform platform) {
    Objects.requireNonNull(systemXml, "systemXml");
    // OpenMM takes whatever the text describes for a System, and crashes if it is something else.
    SystemXml.requireSystem(systemXml);
    OpenMmLibrary library = OpenMmLibrary.load();
    String name = library.resolve(platform);
    String description =
        "OpenMM %s, platform %s, %s precision, 1 thread"
            .formatted(
                library.version(), name, name.equals("Reference") ? "double" : "single (mixed)");
    try {
      synchronized (OPENING) {
        return new OpenMmEnergy(description, new OpenMmNative.EnergyContext(systemXml, name));
      }
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "OpenMM %s refuses the System on platform %s: %s"
              .formatted(library.version(), name, e.getMessage()),
          e);
    }
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
    evaluate(positionsNm, rows, ALL_FORCES, energyKjPerMol, forcesKjPerMolNm, failure);
  }

  /**
   * Energies taken apart by force.
   *
   * @param positionsNm {@code [rows][atoms][3]} row-major
   * @param rows how many rows count
   * @return {@code [forces][rows]} kJ/mol, forces in the order of the System; NaN where a row
   *     failed
   * @throws IllegalStateException if the System has more forces than OpenMM has groups (32)
   */
  public double[][] energiesByForce(double[] positionsNm, int rows) {
    requireOpen();
    int forces = context.forceCount();
    if (forces > MAX_FORCE_GROUPS) {
      throw new IllegalStateException(
          "The System has %d forces; energies can be told apart for at most %d."
              .formatted(forces, MAX_FORCE_GROUPS));
    }
    double[][] energy = new double[forces][rows];
    RowFailure[] failure = new RowFailure[rows];
    for (int force = 0; force < forces; force++) {
      evaluate(positionsNm, rows, 1 << force, energy[force], null, failure);
    }
    return energy;
  }

  private void evaluate(
      double[] positionsNm,
      int rows,
      int groups,
      double[] energyKjPerMol,
      double[] forcesKjPerMolNm,
      RowFailure[] failure) {
    checkLength("positionsNm", positionsNm.length, rows, 3 * atoms);
    checkLength("energyKjPerMol", energyKjPerMol.length, rows, 1);
    checkLength("failure", failure.length, rows, 1);
    if (forcesKjPerMolNm != null) {
      checkLength("forcesKjPerMolNm", forcesKjPerMolNm.length, rows, 3 * atoms);
    }
    requireOpen();
    int[] status = new int[rows];
    context.evaluate(positionsNm, rows, groups, energyKjPerMol, forcesKjPerMolNm, status);
    for (int row = 0; row < rows; row++) {
      failure[row] = failureOf(status[row], energyKjPerMol[row]);
      if (failure[row] == RowFailure.BAD_ENERGY) {
        energyKjPerMol[row] = Double.NaN;
        if (forcesKjPerMolNm != null) {
          Arrays.fill(forcesKjPerMolNm, row * 3 * atoms, (row + 1) * 3 * atoms, Double.NaN);
        }
      }
    }
  }

  private RowFailure failureOf(int status, double energy) {
    return switch (status) {
      case OpenMmNative.ROW_BAD_POSITION -> RowFailure.BAD_GEOMETRY;
      case OpenMmNative.ROW_REFUSED -> {
        if (!refusalLogged) {
          refusalLogged = true;
          LOG.warn("OpenMM refused a row (later ones are only counted): {}", context.lastRefusal());
        }
        yield RowFailure.ENGINE_ERROR;
      }
      default ->
          Double.isNaN(energy) || energy == Double.NEGATIVE_INFINITY
              ? RowFailure.BAD_ENERGY
              : RowFailure.NONE;
    };
  }

  private void requireOpen() {
    if (context.isNull()) {
      throw new IllegalStateException("This OpenMmEnergy is closed.");
    }
  }

  private static void checkLength(String name, int length, int rows, int width) {
    if (rows < 0 || length < (long) rows * width) {
      throw new IllegalArgumentException(
          "%s holds %d numbers; %d rows of %d need %d."
              .formatted(name, length, rows, width, (long) rows * width));
    }
  }

  @Override
  public void close() {
    context.deallocate();
  }
}
