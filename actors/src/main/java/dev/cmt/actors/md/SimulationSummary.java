package dev.cmt.actors.md;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.cmt.buffer.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code summary.json} of a finished simulation (snake_case keys).
 *
 * @param status {@code finished}
 * @param system name of the molecule
 * @param engine who computed forces
 * @param temperatureK temperature of the frames, K
 * @param ladders independent ladders
 * @param nsPerReplica simulated time of each replica after equilibration, ns
 * @param nsAtTemperature the same of all replicas on the lowest rungs together, ns
 * @param frames frames in frames.npy
 * @param potentialEnergy of the frames, kJ/mol
 * @param residues backbone torsions; empty if the molecule has none
 * @param rungs temperatures, the lowest first
 * @param roundTrips ways from the lowest rung to the highest and back, of all replicas
 * @param roundTripsPerReplica the same of one replica on average
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SimulationSummary(
    String status,
    String system,
    String engine,
    double temperatureK,
    int ladders,
    double nsPerReplica,
    double nsAtTemperature,
    long frames,
    Average potentialEnergy,
    List<Residue> residues,
    List<Rung> rungs,
    long roundTrips,
    double roundTripsPerReplica) {

  /**
   * Backbone torsions of one residue.
   *
   * @param name such as {@code ALA2}
   * @param phiPositive share of the frames with φ &gt; 0
   * @param ramachandran how its (φ, ψ) histogram compares
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  public record Residue(String name, Average phiPositive, Ramachandran ramachandran) {}

  /**
   * Distances of (φ, ψ) histograms, 100 × 100 cells.
   *
   * @param tvHalves total variation between both halves of the time
   * @param tvHalvesFloor what counting noise alone would put there
   * @param reference a reference that comes with the product; null if there is none
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Ramachandran(double tvHalves, double tvHalvesFloor, Reference reference) {}

  /**
   * Against a reference.
   *
   * @param source how it was made
   * @param tv total variation between the histograms
   * @param tvFloor what counting noise alone would put there
   * @param phiPositive its share of φ &gt; 0
   * @param phiPositiveDifference this simulation's less its share, in standard errors of the
   *     difference
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Reference(
      String source, double tv, double tvFloor, double phiPositive, Double phiPositiveDifference) {}

  /**
   * One temperature.
   *
   * @param temperatureK K
   * @param kineticTemperatureK what the velocities say, K
   * @param kineticTemperatureStderr its standard error from the spread of the ladders; null for one
   * @param meanEnergy mean potential energy, kJ/mol
   * @param acceptance share of the swaps with the next rung that were made; null for the last
   * @param slopeRatio slope of the log-ratio of this rung's energies and the next one's, over what
   *     it should be: 1 in equilibrium; null for the last, or if they do not overlap
   * @param slopeRatioStderr its standard error from the spread of the ladders; null likewise
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  public record Rung(
      double temperatureK,
      double kineticTemperatureK,
      Double kineticTemperatureStderr,
      double meanEnergy,
      Double acceptance,
      Double slopeRatio,
      Double slopeRatioStderr) {}

  /** Writes the file, whole or not at all. */
  void write(Path root) throws IOException {
    AtomicFile.write(
        root.resolve("summary.json"),
        new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
  }
}
