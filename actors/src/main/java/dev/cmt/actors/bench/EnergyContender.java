package dev.cmt.actors.bench;

import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.kernel.BatchedEnergy;
import dev.cmt.energy.kernel.Precision;
import dev.cmt.energy.openmm.OpenMmEnergy;
import dev.cmt.energy.openmm.OpenMmPlatform;

/** The energy engines, in the order they are reported. */
enum EnergyContender {
  REFERENCE("OpenMM Reference", 8),
  CPU("OpenMM CPU", 8),
  DOUBLE("kernel double", 1000),
  SINGLE("kernel float", 1000);

  private final String label;
  private final int rows;

  EnergyContender(String label, int rows) {
    this.label = label;
    this.rows = rows;
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
    return switch (this) {
      case REFERENCE -> OpenMmEnergy.open(systemXml, OpenMmPlatform.REFERENCE);
      case CPU -> OpenMmEnergy.open(systemXml, OpenMmPlatform.CPU);
      case DOUBLE -> BatchedEnergy.open(systemXml, Precision.DOUBLE);
      case SINGLE -> BatchedEnergy.open(systemXml, Precision.SINGLE);
    };
  }
}
