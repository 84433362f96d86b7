package dev.cmt.actors.audit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes the directory of {@link RunFormatTest} as this version does; see docs/formats.md. */
final class FixtureWriter {
  private FixtureWriter() {}

  /**
   * @param args the file to write
   */
  public static void main(String[] args) throws IOException {
    Path directory = Files.createTempDirectory("fixture");
    Path run = directory.resolve("run");
    // Fits of several slices, so that the journal has every kind of event.
    TinyRun.train(TinyRun.config(directory, "training.gradient_steps=6000"), run, -1);
    TinyRun.pack(run, Path.of(args[0]));
  }
}
