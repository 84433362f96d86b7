package dev.cmt.actors.bench;

import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.kernel.BatchedEnergy;
import dev.cmt.energy.kernel.Precision;
import dev.cmt.energy.openmm.OpenMmEnergy;
import dev.cmt.energy.openmm.OpenMmPlatform;
import java.util.function.Function;

/** The energy engines, in the order they are reported. */
enum EnergyContender {
  REFERENCE("OpenMM Reference", 8, xml -> OpenMmEnergy.open(xml, OpenMmPlatform.REFERENCE)),
  CPU("OpenMM CPU", 8, xml -> OpenMmEnergy.open(xml, OpenMmPlatform.CPU)),
  DOUBLE("kernel double", 1000, xml -> BatchedEnergy.open(xml, Precision.DOUBLE)),
  SINGLE("kernel float", 1000, xml -> BatchedEnergy.open(xml, Precision.SINGLE));

  private final String label;
  private final int rows;
  private final Function<String, PotentialEnergy> opener;

  EnergyContender(String label, int rows, Function<String, PotentialEnergy> opener) {
    this.label = label;
    this.rows = rows;
    this.opener = opener;
  }

  /** What people call it. */
  String label() {
    return label;
  }

  /**
   * Rows of a batch: the default of energy.batch_rows for the kernel; OpenMM evaluates one at a
   * time in any batch.
   */
  int rows() {
    return rows;
  }

  boolean isOpenMm() {
    return this == REFERENCE || this == CPU;
  }

  /**
   * Opens an instance, which uses one thread.
   *
   * @throws dev.cmt.energy.EnergyUnavailableException if the machine lacks it
   * @throws IllegalArgumentException if it refuses the System
   */
  PotentialEnergy open(String systemXml) {
    return opener.apply(systemXml);
  }
}
