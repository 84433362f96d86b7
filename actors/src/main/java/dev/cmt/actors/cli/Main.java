package dev.cmt.actors.cli;

import dev.cmt.actors.config.ProductVersion;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code cmt}: picks a command and turns what it throws into a message and a code. */
@Command(
    name = "cmt",
    description = {
      "Learns Boltzmann generators from energies alone, by Constrained Mass Transport.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    footer = {
      "",
      "./cmt test runs everything CI checks; --full includes the slow tests.",
      "",
      "Exit codes: 0 success, 1 the run failed, 2 wrong use or config, 3 the environment lacks"
          + " something.",
      "",
      "Examples:",
      "  ./cmt doctor",
      "  ./cmt train config/gmm40.conf"
    },
    // One line a command, in the order a user meets them.
    subcommands = {
      DoctorCommand.class,
      ImportCommand.class,
      DescribeCommand.class,
      TrainCommand.class,
      NodeCommand.class,
      StatusCommand.class,
      SampleCommand.class,
      EvaluateCommand.class,
      ReportCommand.class,
      VerifyCommand.class,
      ReplayCommand.class,
      EnergyCommand.class,
      MdCommand.class,
      BenchCommand.class,
      BundleCommand.class,
    })
public final class Main implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(Main.class);

  @Spec private CommandSpec spec;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Show debug messages, and the stack trace of a failure.")
  private boolean verbose;

  @Option(
      names = "--log-format",
      scope = ScopeType.INHERIT,
      paramLabel = "FORMAT",
      defaultValue = "${env:CMT_LOG_FORMAT:-text}",
      description =
          "How log lines look: ${COMPLETION-CANDIDATES}. json is an object a line, on standard error"
              + " and in run.log. Default: CMT_LOG_FORMAT of the environment, or text.")
  private Logs.Format logFormat;

  private Main() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(
        run(
            new PrintWriter(System.out, true, StandardCharsets.UTF_8),
            new PrintWriter(System.err, true, StandardCharsets.UTF_8),
            args));
  }

  /**
   * Runs a command without ending the process.
   *
   * @return one of {@link ExitCode}
   */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    Main main = new Main();
    CommandLine commandLine = commandLine(main);
    commandLine
        .setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionStrategy(
            parsed -> {
              Logs.format(main.logFormat);
              if (main.verbose) {
                Logs.verbose();
              }
              return new CommandLine.RunLast().execute(parsed);
            })
        .setParameterExceptionHandler((e, arguments) -> wrongUse(e))
        .setExecutionExceptionHandler((e, command, result) -> main.report(e, err));
    try {
      return commandLine.execute(args);
    } catch (LinkageError | VirtualMachineError e) {
      // Picocli leaves errors alone; a native library that is missing is one, and a mapped file
      // that cannot be reached another.
      return main.report(e, err);
    }
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "Say which command to run.");
  }

  /** All commands, as they are given to people. */
  static CommandLine commandLine() {
    return commandLine(new Main());
  }

  private static CommandLine commandLine(Main main) {
    CommandLine commandLine = new CommandLine(main);
    commandLine.getSubcommands().values().forEach(Main::giveHelp);
    return commandLine;
  }

  private static void giveHelp(CommandLine command) {
    command
        .getCommandSpec()
        .mixinStandardHelpOptions(true)
        .versionProvider(new Version())
        .usageMessage()
        .footerHeading("%nExamples:%n");
    command.getSubcommands().values().forEach(Main::giveHelp);
  }

  /**
   * Runs another command in place of the one that is running, with the same options of this one.
   */
  int again(List<String> arguments) {
    List<String> all = new ArrayList<>(arguments);
    if (verbose) {
      all.add("--verbose");
    }
    all.addAll(List.of("--log-format", logFormat.name()));
    return run(
        spec.commandLine().getOut(), spec.commandLine().getErr(), all.toArray(String[]::new));
  }

  private static int wrongUse(ParameterException e) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("cmt: " + e.getMessage());
    CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
    err.printf("See %s --help.%n", command.getCommandSpec().qualifiedName());
    return ExitCode.WRONG_USE;
  }

  private int report(Throwable thrown, PrintWriter err) {
    Failure failure = Failure.of(thrown);
    err.println("cmt: " + failure.message());
    if (verbose) {
      StringWriter trace = new StringWriter();
      thrown.printStackTrace(new PrintWriter(trace));
      err.print(trace);
    } else if (Logs.file().isPresent()) {
      LOG.info("The command failed", thrown);
      err.printf("The stack trace is in %s.%n", Logs.file().get());
    } else if (!failure.expected()) {
      err.println("Run the command again with --verbose to see where.");
    }
    err.flush();
    return failure.exitCode();
  }

  /** Says which version this is, and of what it stands on. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "cmt " + ProductVersion.current(),
        "Java %s (%s)"
            .formatted(System.getProperty("java.version"), System.getProperty("java.vm.name"))
      };
    }
  }
}
