package dev.cmt.buffer;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A JVM that runs a main class of the tests under the flags every process of ours runs under. */
final class ChildJvm implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;

  ChildJvm(Class<?> main, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + Path.of(System.getProperty("cmt.root"), "config", "jvm.options"));
    command.add("-Xmx256m");
    command.add("-XX:TieredStopAtLevel=1"); // it will not live long enough for the second compiler
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    output = process.inputReader(StandardCharsets.UTF_8);
  }

  /** The next line the child printed to its standard output; null after its end. */
  String line() throws IOException {
    return output.readLine();
  }

  /** SIGKILL; returns what the child had printed that was not read yet. */
  List<String> kill() throws IOException, InterruptedException {
    process.toHandle().destroyForcibly(); // Process's own method would close our end of the pipe
    List<String> rest = output.lines().toList();
    exitCode();
    return rest;
  }

  int exitCode() throws InterruptedException {
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the child did not end within 60 s");
    }
    return process.exitValue();
  }

  long pid() {
    return process.pid();
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    output.close();
  }
}
