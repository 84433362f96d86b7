package dev.cmt.actors.cli;

import dev.cmt.actors.md.Simulation;
import dev.cmt.actors.md.SimulationEvent;
import dev.cmt.actors.md.SimulationMismatchException;
import dev.cmt.actors.md.SimulationResult;
import dev.cmt.actors.md.SimulationSettings;
import dev.cmt.energy.kernel.Precision;
import dev.cmt.energy.system.MolecularSystem;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs replica-exchange molecular dynamics. */
@Command(
    name = "md",
    description = {
      "Runs replica-exchange Langevin dynamics: reference samples to judge a trained run by.",
      "",
      "Many ladders of temperatures run side by side, because the kernel moves 16 replicas in step;",
      "the frames of all their lowest rungs are kept. Ctrl-C stops within seconds, and the same",
      "command goes on where it was, as it does after a kill -9, to the same bits. With a longer --ns",
      "it makes a finished simulation longer.",
      ""
    },
    footer = {
      "  ./cmt md alanine-dipeptide --ns 5 -o runs/md-aldp",
      "  ./cmt md elil --ns 20 --replicas 256 --rungs 16 --t-max 800 --dcd -o runs/md-elil",
      "  ./cmt md system.xml --topology top.pdb --steps 1000000 -o runs/md-mine"
    })
final class MdCommand implements Callable<Integer> {
  /** Ladders unless --replicas says otherwise: enough for errors from their spread. */
  private static final int LADDERS = 16;

  @Parameters(
      paramLabel = "SYSTEM",
      description =
          "Name of a built-in molecule, a directory that ./cmt import made, or a system.xml.")
  private String system;

  @Option(
      names = "--topology",
      paramLabel = "T.pdb",
      description = "Atoms of a system.xml and the conformation to start from.")
  private Path topology;

  /** How long: exactly one of the two. */
  static final class Length {
    @Option(
        names = "--ns",
        paramLabel = "X",
        description = "Simulated time of each replica after equilibration, ns.")
    private Double ns;

    @Option(names = "--steps", paramLabel = "N", description = "The same in steps.")
    private Long steps;
  }

  @ArgGroup(multiplicity = "1")
  private Length length;

  @Option(
      names = "--replicas",
      paramLabel = "R",
      description = "All replicas: a multiple of --rungs; default: 16 ladders.")
  private Integer replicas;

  @Option(
      names = "--rungs",
      paramLabel = "K",
      description = "Temperatures of a ladder; 1 for plain dynamics; default: ${DEFAULT-VALUE}.")
  private int rungs = 8;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "Of the lowest rung, whose frames are kept, K; default: ${DEFAULT-VALUE}.")
  private double temperature = 300;

  @Option(
      names = "--t-max",
      paramLabel = "T",
      description =
          "Of the highest rung, K; those between are in equal ratio; default: ${DEFAULT-VALUE}.")
  private double highestTemperature = 900;

  @Option(
      names = "--dt",
      paramLabel = "FS",
      description = "Timestep, fs; default: 1, or 2 where bonds to hydrogen are constrained.")
  private Double timestep;

  @Option(
      names = "--friction",
      paramLabel = "G",
      description = "Of the heat bath, 1/ps; default: ${DEFAULT-VALUE}.")
  private double friction = 1;

  @Option(
      names = "--swap-every",
      paramLabel = "N",
      description = "Steps between swaps; default: ${DEFAULT-VALUE}.")
  private int swapEvery = 100;

  @Option(
      names = "--save-every",
      paramLabel = "N",
      description = "Steps between frames; default: ${DEFAULT-VALUE}.")
  private int saveEvery = 1000;

  @Option(
      names = "--equilibrate",
      paramLabel = "N",
      description = "Steps before the first frame; default: ${DEFAULT-VALUE}.")
  private long equilibrate = 500_000;

  @Option(
      names = "--precision",
      paramLabel = "P",
      description =
          "Of the kernel's forces: ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}. Positions"
              + " and energies of frames are float64 and checked by OpenMM.")
  private Precision precision = Precision.SINGLE;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Of all random numbers; default: ${DEFAULT-VALUE}.")
  private long seed = 1;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Replicas are shared out among so many; default: the cores of this machine.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--checkpoint-every",
      paramLabel = "S",
      description = "Seconds between checkpoints; default: ${DEFAULT-VALUE}.")
  private int checkpointSeconds = 30;

  @Option(names = "--dcd", description = "Write frames.dcd beside frames.npy.")
  private boolean dcd;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "DIR",
      description = "Where the simulation keeps everything.")
  private Path output;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    MolecularSystem molecule = MoleculeArgument.load(system, topology);
    SimulationSettings settings = settings(molecule);
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "%s: %d ladders of %d rungs, %.0f to %.0f K; %d replicas in %d blocks%n",
        settings.system(),
        settings.ladders(),
        settings.rungs(),
        temperature,
        rungs == 1 ? temperature : highestTemperature,
        settings.ladders() * settings.rungs(),
        settings.blocks());
    CountDownLatch done = new CountDownLatch(1);
    try (MdDisplay display = new MdDisplay(out)) {
      Simulation simulation = start(molecule, settings, display);
      Thread hook = StopOnSignal.install(simulation::stop, done);
      try {
        return conclude(simulation.result().toCompletableFuture().get(), display, out);
      } catch (ExecutionException e) {
        throw new CompletionException(e.getCause());
      } finally {
        done.countDown();
        StopOnSignal.remove(hook);
      }
    }
  }

  private Simulation start(MolecularSystem molecule, SimulationSettings settings, MdDisplay display)
      throws IOException {
    try {
      return Simulation.start(
          molecule,
          settings,
          frames(settings),
          new Simulation.Execution(threads, Duration.ofSeconds(checkpointSeconds), dcd),
          output,
          event -> {
            if (event instanceof SimulationEvent.Opened opened) {
              Logs.toFile(opened.root().resolve("md.log"));
            }
            display.accept(event);
          });
    } catch (SimulationMismatchException | IllegalArgumentException e) {
      throw CommandException.wrongUse(e.getMessage(), e);
    }
  }

  private SimulationSettings settings(MolecularSystem molecule) {
    if (replicas != null && (rungs < 1 || replicas < 1 || replicas % rungs != 0)) {
      throw CommandException.wrongUse(
          "--replicas (%d) must be a multiple of --rungs (%d).".formatted(replicas, rungs), null);
    }
    try {
      return new SimulationSettings(
          molecule.name(),
          digest(molecule),
          seed,
          temperature,
          rungs == 1 ? temperature : highestTemperature,
          rungs,
          replicas == null ? LADDERS : replicas / rungs,
          timestep == null ? (molecule.constraintsNm().isEmpty() ? 1 : 2) : timestep,
          friction,
          swapEvery,
          saveEvery,
          equilibrate,
          precision);
    } catch (IllegalArgumentException e) {
      throw CommandException.wrongUse(e.getMessage(), e);
    }
  }

  private long frames(SimulationSettings settings) {
    if (length.steps != null) {
      if (length.steps % saveEvery != 0) {
        throw CommandException.wrongUse(
            "--steps (%d) must be a multiple of --save-every (%d)."
                .formatted(length.steps, saveEvery),
            null);
      }
      return length.steps / saveEvery;
    }
    return Math.round(length.ns / settings.nanoseconds(saveEvery));
  }

  /** Of what decides the forces and the start. */
  private static String digest(MolecularSystem molecule) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update(molecule.systemXml().getBytes(StandardCharsets.UTF_8));
      sha256.update(Arrays.toString(molecule.minimizedNm()).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(sha256.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private int conclude(SimulationResult result, MdDisplay display, PrintWriter out) {
    display.close();
    if (result.isFinished()) {
      MdDisplay.print(result.summary(), out);
      out.printf("files:    %s%n", output);
      return ExitCode.SUCCESS;
    }
    if (result.isStopped()) {
      out.printf("stopped; the same command goes on where it was%n");
      return ExitCode.SUCCESS;
    }
    if (result.cause() != null && Failure.of(result.cause()).expected()) {
      throw new CompletionException(result.cause());
    }
    throw CommandException.failed(result.failure(), result.cause());
  }
}
