package dev.cmt.actors.cli;

import dev.cmt.actors.config.RunConfig;
import dev.cmt.actors.molecule.MoleculeFiles;
import dev.cmt.actors.molecule.MoleculeImport;
import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.TargetSettings;
import dev.cmt.energy.Targets;
import dev.cmt.energy.molecule.EnergyMinimizer;
import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.energy.system.ImplicitSolvent;
import dev.cmt.energy.validation.ValidationCheck;
import dev.cmt.energy.validation.Verdict;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Makes a target of the user's own molecule. */
@Command(
    name = "import",
    description = {
      "Makes a target of your own molecule.",
      "",
      "Reads what OpenMM's XmlSerializer and PDBFile write, or AMBER's prmtop and coordinates; minimises the energy,"
          + " finds internal coordinates, stereocentres and equivalent hydrogens, and validates all of it. DIR then"
          + " holds the target, validation.html and a train.conf to start from. What cannot be a target (periodic boxes,"
          + " virtual sites, several molecules) is refused by name.",
      ""
    },
    footer = {
      "  ./cmt import --system system.xml --topology top.pdb -o molecules/mine",
      "  ./cmt import --prmtop mine.prmtop --inpcrd mine.rst7 --implicit obc1 -o molecules/mine",
      "  ./cmt train molecules/mine/train.conf"
    })
final class ImportCommand implements Callable<Integer> {
  private static final String NAME = "[A-Za-z0-9][A-Za-z0-9_.+-]*";

  @ArgGroup(multiplicity = "1", exclusive = true)
  private Source source;

  /** One of the two. */
  static final class Source {
    @ArgGroup(exclusive = false, heading = "OpenMM's files:%n")
    private OpenMmFiles openMm;

    @ArgGroup(exclusive = false, heading = "AMBER's files:%n")
    private AmberFiles amber;
  }

  /** What OpenMM writes. */
  static final class OpenMmFiles {
    @Option(
        names = "--system",
        required = true,
        paramLabel = "SYSTEM.xml",
        description = "The System, as XmlSerializer writes it.")
    private Path system;

    @Option(
        names = "--topology",
        required = true,
        paramLabel = "TOP.pdb",
        description = "Its atoms, as PDBFile writes them, with a conformation.")
    private Path topology;

    @Option(
        names = "--positions",
        paramLabel = "FILE",
        description = "Another conformation to start from: .npy (nm), .dcd or .pdb.")
    private Path positions;
  }

  /** What AMBER writes. */
  static final class AmberFiles {
    @Option(
        names = "--prmtop",
        required = true,
        paramLabel = "X.prmtop",
        description = "Parameters and topology.")
    private Path prmtop;

    @Option(
        names = "--inpcrd",
        required = true,
        paramLabel = "X.rst7",
        description = "A conformation: inpcrd or rst7, as text.")
    private Path inpcrd;

    @Option(
        names = "--implicit",
        defaultValue = "none",
        paramLabel = "MODEL",
        description = "Implicit water: ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}.")
    private ImplicitSolvent implicit;

    @Option(
        names = "--constrain-hydrogens",
        description = "Keep bonds with a hydrogen at their length; they are then no coordinates.")
    private boolean constrainHydrogens;
  }

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "DIR",
      description = "The directory to make.")
  private Path directory;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "What configs and reports call the molecule; default: DIR's name.")
  private String name;

  @Option(
      names = "--temperature",
      paramLabel = "K",
      defaultValue = "300",
      description = "Of the ensemble, K; goes into train.conf. Default: ${DEFAULT-VALUE}.")
  private double temperatureK;

  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      defaultValue = "auto",
      description = "Who computes energies: ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}.")
  private EnergyEngine engine;

  @Option(
      names = "--force",
      paramLabel = "F",
      defaultValue = "0.1",
      description = "The greatest force left at the minimum, kJ/mol/nm; default: ${DEFAULT-VALUE}.")
  private double forceKjPerMolNm;

  @Option(
      names = "--iterations",
      paramLabel = "N",
      defaultValue = "20000",
      description = "Steps of the minimiser at most; default: ${DEFAULT-VALUE}.")
  private int iterations;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    String molecule = name == null ? directory.toAbsolutePath().getFileName().toString() : name;
    requireName(molecule);
    requireFree();
    PrintWriter out = spec.commandLine().getOut();
    MoleculeFiles files;
    MoleculeImport made;
    try {
      files = read();
      made = MoleculeImport.of(molecule, files, settings(), limits());
    } catch (IllegalArgumentException e) {
      throw CommandException.wrongUse(e.getMessage(), e);
    } catch (IllegalStateException e) {
      throw CommandException.failed(e.getMessage(), e);
    }
    made.write(directory, files);
    tell(made, out);
    if (!made.validation().passed()) {
      throw CommandException.failed(
          "The validation failed, so no run will take %s; %s says why."
              .formatted(directory, directory.resolve("validation.txt")),
          null);
    }
    out.printf("report:     %s%n", directory.resolve("validation.html"));
    out.printf("to train:   ./cmt train %s%n", directory.resolve("train.conf"));
    out.flush();
    return ExitCode.SUCCESS;
  }

  private MoleculeFiles read() throws IOException {
    if (source.amber != null) {
      return MoleculeFiles.ofAmber(
          source.amber.prmtop,
          source.amber.inpcrd,
          source.amber.implicit,
          source.amber.constrainHydrogens);
    }
    return MoleculeFiles.ofOpenMm(
        source.openMm.system,
        source.openMm.topology,
        source.openMm.positions == null ? source.openMm.topology : source.openMm.positions);
  }

  /** The defaults of a run, but for the temperature. */
  private TargetSettings settings() {
    TargetSettings defaults =
        RunConfig.parse("target.system = alanine-dipeptide", "the defaults").targetSettings();
    return new TargetSettings(
        temperatureK, defaults.energyHighKt(), defaults.energyMaxKt(), engine, OpenMmPlatform.AUTO);
  }

  private EnergyMinimizer.Limits limits() {
    return new EnergyMinimizer.Limits(forceKjPerMolNm, iterations);
  }

  private void tell(MoleculeImport made, PrintWriter out) {
    out.printf(
        "%s: %d atoms, %d coordinates, %d torsions on half-circles%n",
        made.name(),
        made.target().system().atoms().size(),
        made.target().dimension(),
        made.validation().bounded().size());
    for (ValidationCheck check : made.validation().checks()) {
      out.printf("%-11s %s", check.verdict().name().toLowerCase(Locale.ROOT) + ":", check.name());
      // What passed is in the report.
      out.println(check.verdict() == Verdict.PASSED ? "" : ": " + check.finding());
    }
    out.flush();
  }

  private static void requireName(String molecule) {
    if (!molecule.matches(NAME)) {
      throw CommandException.wrongUse(
          "The molecule's name \"%s\" must be letters, digits and _.+-, beginning with a letter or digit; give --name."
              .formatted(molecule),
          null);
    }
    if (Targets.names().contains(molecule)) {
      throw CommandException.wrongUse(
          "%s is the name of a built-in system, and reports would compare yours with it; give --name another."
              .formatted(molecule),
          null);
    }
  }

  private void requireFree() throws IOException {
    Path parent = directory.toAbsolutePath().getParent();
    if (Files.exists(directory) && !isEmptyDirectory()) {
      throw CommandException.wrongUse(
          "%s exists already and is not an empty directory; name another.".formatted(directory),
          null);
    }
    Path standing = parent;
    while (!Files.exists(standing)) {
      standing = standing.getParent();
    }
    if (!Files.isDirectory(standing) || !Files.isWritable(standing)) {
      throw CommandException.wrongUse(
          "%s cannot be made: %s is no directory, or there is no permission to write to it; check its owner and mode."
              .formatted(directory, standing),
          null);
    }
  }

  private boolean isEmptyDirectory() throws IOException {
    if (!Files.isDirectory(directory)) {
      return false;
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.findAny().isEmpty();
    }
  }
}
