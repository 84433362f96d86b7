package dev.cmt.actors.cli;

import dev.cmt.actors.bundle.Bundle;
import dev.cmt.actors.bundle.BundleArchive;
import dev.cmt.actors.bundle.BundleException;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Makes a copy of CMT for machines that have nothing. */
@Command(
    name = "bundle",
    description = {
      "Makes a folder that runs CMT on any x86-64 Linux with glibc: Java, jars, OpenMM, launcher.",
      "",
      "Nothing is fetched. Without libtorch the native flow engine multiplies matrices by itself;"
          + " flow.engine = djl needs --with-torch. The GPU engine comes along if it was built, and needs"
          + " cuBLAS where there is a GPU. A name that ends in .tar.xz makes an archive"
          + " of the folder, a quarter of its size.",
      ""
    },
    footer = {"  ./cmt bundle -o cmt-bundle", "  ./cmt bundle -o cmt-bundle.tar.xz --with-torch"})
final class BundleCommand implements Callable<Integer> {
  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "DIR",
      description = "The folder, or an archive DIR.tar.xz; must not exist.")
  private Path output;

  @Option(names = "--with-torch", description = "Put libtorch in, 450 MB.")
  private boolean torch;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path target = output.toAbsolutePath().normalize();
    String name = target.getFileName() == null ? "" : target.getFileName().toString();
    if (name.isEmpty() || name.equals(BundleArchive.SUFFIX)) {
      throw new ParameterException(
          spec.commandLine(), "--output (%s) must name a folder.".formatted(output));
    }
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw CommandException.wrongUse(
          "%s exists already. Remove it, or name another --output.".formatted(output), null);
    }
    Path root = Path.of(System.getProperty("cmt.root", ""));
    List<Path> jars =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .toList();
    PrintWriter out = spec.commandLine().getOut();
    try {
      Files.createDirectories(target.getParent());
      Bundle bundle =
          name.endsWith(BundleArchive.SUFFIX)
              ? makeArchive(target, root, jars, out)
              : make(target, root, jars, out);
      out.printf(
          "%s: %s; needs x86-64 Linux with glibc 2.%d or newer, %s%n",
          output,
          DescribeCommand.size(Files.isDirectory(target) ? bundle.bytes() : Files.size(target)),
          bundle.glibc(),
          torch ? "has libtorch" : "without libtorch");
      if (!bundle.unlicensed().isEmpty()) {
        out.printf(
            "The licences of %s were not found; add them to licences/ before you give it to"
                + " others.%n",
            bundle.unlicensed());
      }
    } catch (BundleException e) {
      throw CommandException.environment(e.getMessage(), e);
    }
    return ExitCode.SUCCESS;
  }

  private Bundle make(Path target, Path root, List<Path> jars, PrintWriter out)
      throws IOException, InterruptedException {
    return Bundle.make(
        target,
        root,
        jars,
        torch,
        part -> {
          out.printf("%s …%n", part);
          out.flush();
        });
  }

  /** The folder lies in a directory of its own until it is packed, so that its name is free. */
  private Bundle makeArchive(Path target, Path root, List<Path> jars, PrintWriter out)
      throws IOException, InterruptedException {
    String name = target.getFileName().toString();
    Path scratch = Files.createTempDirectory(target.getParent(), ".bundle-");
    Path folder = scratch.resolve(name.substring(0, name.length() - BundleArchive.SUFFIX.length()));
    try {
      Bundle bundle = make(folder, root, jars, out);
      out.printf("archive …%n");
      out.flush();
      BundleArchive.pack(folder, target);
      return bundle;
    } finally {
      Bundle.delete(folder);
      Files.delete(scratch);
    }
  }
}
