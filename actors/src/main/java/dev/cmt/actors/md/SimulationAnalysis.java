package dev.cmt.actors.md;

import dev.cmt.actors.md.SimulationSummary.Ramachandran;
import dev.cmt.actors.md.SimulationSummary.Reference;
import dev.cmt.actors.md.SimulationSummary.Residue;
import dev.cmt.actors.md.SimulationSummary.Rung;
import dev.cmt.actors.report.BundledReference;
import dev.cmt.energy.md.EnergyOverlap;
import dev.cmt.energy.md.ExchangeTally;
import dev.cmt.energy.md.HydrogenConstraints;
import dev.cmt.energy.md.ReplicaState;
import dev.cmt.energy.md.TemperatureLadder;
import dev.cmt.energy.molecule.BackboneTorsions;
import dev.cmt.energy.molecule.MolecularTarget;
import dev.cmt.energy.system.MolecularSystem;
import dev.cmt.energy.system.SystemXml;
import dev.cmt.flow.diagnostics.Histogram2D;
import dev.cmt.flow.diagnostics.SamplingFloor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Judges a finished simulation by itself, and by a reference where the product has one. */
final class SimulationAnalysis {
  /** Cells per angle, as in the paper's section D.3.2. */
  private static final int BINS = 100;

  private final SimulationFiles files;
  private final SimulationSettings settings;
  private final MolecularSystem system;
  private final int frames;

  private SimulationAnalysis(SimulationFiles files, MolecularSystem system, long steps) {
    this.files = files;
    this.settings = files.settings();
    this.system = system;
    this.frames = Math.toIntExact(settings.frames(steps));
  }

  /**
   * The summary.
   *
   * @param steps that all blocks made
   */
  static SimulationSummary of(SimulationFiles files, MolecularSystem system, long steps)
      throws IOException {
    SimulationAnalysis analysis = new SimulationAnalysis(files, system, steps);
    SimulationSettings settings = files.settings();
    ReplicaState[] states = files.states();
    long roundTrips = 0;
    for (ReplicaState state : states) {
      roundTrips += Arrays.stream(state.tally().roundTrips()).sum();
    }
    double ns = settings.nanoseconds(steps - settings.equilibrationSteps());
    return new SimulationSummary(
        "finished",
        settings.system(),
        files.engine(),
        settings.temperatureK(),
        settings.ladders(),
        ns,
        ns * settings.ladders(),
        (long) analysis.frames * settings.ladders(),
        Average.of(analysis.energies()),
        analysis.residues(),
        analysis.rungs(states),
        roundTrips,
        (double) roundTrips / settings.replicas());
  }

  /** {@code [ladders][frames]} kJ/mol. */
  private double[][] energies() throws IOException {
    double[][] series = new double[settings.ladders()][frames];
    for (int frame = 0; frame < frames; frame++) {
      ByteBuffer row = files.energies().read((long) frame * settings.ladders(), settings.ladders());
      for (double[] one : series) {
        one[frame] = row.getDouble();
      }
    }
    return series;
  }

  private List<Residue> residues() throws IOException {
    List<BackboneTorsions> torsions = BackboneTorsions.of(system);
    int ladders = settings.ladders();
    int atoms = system.atoms().size();
    double[][][] phi = new double[torsions.size()][ladders][frames];
    double[][][] psi = new double[torsions.size()][ladders][frames];
    double[] x = new double[ladders * 3 * atoms];
    double[] pairs = new double[2 * ladders];
    for (int frame = 0; frame < frames && !torsions.isEmpty(); frame++) {
      ByteBuffer row = files.frames().read((long) frame * ladders, ladders);
      for (int d = 0; d < x.length; d++) {
        x[d] = row.getFloat();
      }
      for (int k = 0; k < torsions.size(); k++) {
        torsions.get(k).measure(x, ladders, atoms, pairs);
        for (int l = 0; l < ladders; l++) {
          phi[k][l][frame] = pairs[2 * l];
          psi[k][l][frame] = pairs[2 * l + 1];
        }
      }
    }
    List<Residue> residues = new ArrayList<>();
    for (int k = 0; k < torsions.size(); k++) {
      residues.add(residue(torsions.get(k).residue(), phi[k], psi[k]));
    }
    return residues;
  }

  private Residue residue(String name, double[][] phi, double[][] psi) {
    double[][] positive = new double[phi.length][frames];
    Histogram2D first = new Histogram2D(BINS);
    Histogram2D second = new Histogram2D(BINS);
    Histogram2D all = new Histogram2D(BINS);
    for (int l = 0; l < phi.length; l++) {
      for (int frame = 0; frame < frames; frame++) {
        positive[l][frame] = phi[l][frame] > 0 ? 1 : 0;
        (frame < frames / 2 ? first : second).add(phi[l][frame], psi[l][frame], 1);
      }
      all.add(phi[l], psi[l]);
    }
    Average average = Average.of(positive);
    double rows = (double) frames * phi.length;
    return new Residue(
        name,
        average,
        new Ramachandran(
            first.totalVariation(second),
            SamplingFloor.totalVariation(all.masses(), rows / 2, rows / 2),
            reference(name, all, rows, average)));
  }

  private Reference reference(String residue, Histogram2D found, double rows, Average phiPositive) {
    return BundledReference.of(settings.system(), settings.temperatureK())
        .ramachandran(residue)
        .map(
            known -> {
              Histogram2D histogram =
                  Histogram2D.of(
                      known.counts().stream()
                          .flatMap(List::stream)
                          .mapToDouble(count -> count)
                          .toArray());
              double counts = known.phiPositive().rows();
              double p = known.phiPositive().value();
              Double error = phiPositive.standardError();
              return new Reference(
                  known.source(),
                  histogram.totalVariation(found),
                  SamplingFloor.totalVariation(histogram.masses(), rows, counts),
                  p,
                  error == null
                      ? null
                      : Average.numberOrNull(
                          (phiPositive.mean() - p)
                              / Math.hypot(error, known.phiPositive().standardError())));
            })
        .orElse(null);
  }

  private List<Rung> rungs(ReplicaState[] states) throws IOException {
    TemperatureLadder temperatures = settings.temperatures();
    int count = temperatures.rungs();
    int ladders = settings.ladders();
    double[][][] energies = new double[count][ladders][frames];
    for (int frame = 0; frame < frames; frame++) {
      ByteBuffer row = files.rungEnergies().read((long) frame * ladders, ladders);
      for (int l = 0; l < ladders; l++) {
        for (int rung = 0; rung < count; rung++) {
          energies[rung][l][frame] = row.getDouble();
        }
      }
    }
    List<Rung> rungs = new ArrayList<>();
    for (int rung = 0; rung < count; rung++) {
      boolean last = rung == count - 1;
      double[] kinetic = kineticTemperatures(states, rung);
      double[] slopes = last ? new double[0] : slopes(energies[rung], energies[rung + 1], rung);
      rungs.add(
          new Rung(
              temperatures.kelvin(rung),
              Average.mean(kinetic),
              Average.numberOrNull(Average.standardError(kinetic)),
              Average.mean(Arrays.stream(energies[rung]).mapToDouble(Average::mean).toArray()),
              last ? null : Average.numberOrNull(acceptance(states, rung)),
              last ? null : Average.numberOrNull(Average.mean(slopes)),
              last ? null : Average.numberOrNull(Average.standardError(slopes))));
    }
    return rungs;
  }

  /** {@code [ladders]} K. */
  private double[] kineticTemperatures(ReplicaState[] states, int rung) {
    SystemXml xml = SystemXml.parse(system.systemXml());
    int freedoms = 3 * system.atoms().size() - HydrogenConstraints.of(xml).count();
    double[] kelvin = new double[settings.ladders()];
    for (int block = 0; block < states.length; block++) {
      ExchangeTally tally = states[block].tally();
      for (int l = 0; l < settings.laddersOf(block); l++) {
        kelvin[settings.firstLadder(block) + l] =
            2
                * tally.kinetic()[l * settings.rungs() + rung]
                / tally.sweeps()[0]
                / freedoms
                / MolecularTarget.GAS_CONSTANT_KJ_PER_MOL_K;
      }
    }
    return kelvin;
  }

  private double acceptance(ReplicaState[] states, int rung) {
    double attempts = 0;
    double accepts = 0;
    for (ReplicaState state : states) {
      for (int pair = rung; pair < state.tally().attempts().length; pair += settings.rungs() - 1) {
        attempts += state.tally().attempts()[pair];
        accepts += state.tally().accepts()[pair];
      }
    }
    return accepts / attempts;
  }

  /** {@code [ladders]} ratios. */
  private double[] slopes(double[][] cold, double[][] hot, int rung) {
    TemperatureLadder temperatures = settings.temperatures();
    double difference = 1 / temperatures.kt(rung) - 1 / temperatures.kt(rung + 1);
    double[] slopes = new double[cold.length];
    for (int l = 0; l < slopes.length; l++) {
      slopes[l] = EnergyOverlap.slopeRatio(cold[l], hot[l], difference);
    }
    return slopes;
  }
}
