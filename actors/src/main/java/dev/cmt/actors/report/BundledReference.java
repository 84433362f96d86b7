package dev.cmt.actors.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cmt.flow.diagnostics.Estimate;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What is known of a built-in target from elsewhere.
 *
 * @param logZ log of its normalising constant, in the measure the flow's densities have
 * @param logZSource where that comes from
 * @param ramachandran counts of a long simulation, one of each residue that has any bundled
 */
public record BundledReference(
    OptionalDouble logZ, String logZSource, List<Ramachandran> ramachandran) {
  private static final BundledReference NOTHING =
      new BundledReference(OptionalDouble.empty(), "", List.of());

  public BundledReference {
    ramachandran = List.copyOf(ramachandran);
  }

  /**
   * Torsions of one residue from a long simulation.
   *
   * @param residue such as {@code ALA2}
   * @param source how the counts were made
   * @param counts {@code [100][100]} over [−π, π]², φ first
   * @param phiPositive probability of φ &gt; 0 in all of the simulation; its rows are the counts
   */
  public record Ramachandran(
      String residue, String source, List<List<Double>> counts, Estimate phiPositive) {}

  /**
   * Counts of one residue.
   *
   * @param residue such as {@code ALA2}
   */
  public Optional<Ramachandran> ramachandran(String residue) {
    return ramachandran.stream().filter(one -> one.residue().equals(residue)).findFirst();
  }

  /**
   * What is known of a target; nothing for targets that are not built in or at another temperature.
   *
   * @param system name of the target
   * @param temperatureK temperature of the run, K
   */
  public static BundledReference of(String system, double temperatureK) {
    JsonNode entry;
    try (InputStream in = resource("references.json")) {
      entry = new ObjectMapper().readTree(in).path(system);
    } catch (IOException e) {
      throw new UncheckedIOException("Reading the bundled references failed.", e);
    }
    boolean otherTemperature =
        entry.has("temperature_k")
            && Math.abs(entry.get("temperature_k").doubleValue() - temperatureK) > 1e-9;
    if (entry.isMissingNode() || otherTemperature) {
      return NOTHING;
    }
    List<Ramachandran> ramachandran = new ArrayList<>();
    entry.path("ramachandran").forEach(residue -> ramachandran.add(ramachandran(residue)));
    return new BundledReference(
        OptionalDouble.of(entry.get("log_z").doubleValue()),
        entry.get("log_z_source").textValue(),
        ramachandran);
  }

  private static Ramachandran ramachandran(JsonNode entry) {
    String file = entry.get("counts").textValue();
    List<List<Double>> counts;
    try (InputStream in = resource(file)) {
      counts =
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.startsWith("#"))
              .map(BundledReference::numbers)
              .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("Reading the bundled file " + file + " failed.", e);
    }
    JsonNode phi = entry.get("phi_positive");
    return new Ramachandran(
        entry.get("residue").textValue(),
        entry.get("source").textValue(),
        counts,
        new Estimate(
            phi.get("value").doubleValue(),
            phi.get("standard_error").doubleValue(),
            phi.get("rows").intValue()));
  }

  private static List<Double> numbers(String line) {
    return Arrays.stream(line.split(" ")).map(Double::valueOf).toList();
  }

  private static InputStream resource(String name) {
    InputStream in = BundledReference.class.getResourceAsStream(name);
    if (in == null) {
      throw new IllegalStateException("The resource " + name + " is missing from this build.");
    }
    return in;
  }
}
