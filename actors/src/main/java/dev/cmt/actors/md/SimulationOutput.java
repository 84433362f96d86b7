package dev.cmt.actors.md;

import dev.cmt.buffer.AtomicFile;
import dev.cmt.energy.io.DcdWriter;
import dev.cmt.energy.io.NpyType;
import dev.cmt.energy.io.NpyWriter;
import dev.cmt.energy.system.MolecularSystem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * What a finished simulation leaves for others: frames and energies in files that NumPy and
 * trajectory viewers read, and a summary. Frames are in the order of time, those of one time in the
 * order of the ladders. Writing them again gives the same files.
 */
final class SimulationOutput {
  private static final int CHUNK_ROWS = 4096;

  private final SimulationFiles files;
  private final int ladders;
  private final long rows;

  private SimulationOutput(SimulationFiles files, long steps) {
    this.files = files;
    this.ladders = files.settings().ladders();
    this.rows = files.settings().frames(steps) * ladders;
  }

  /**
   * Writes all files.
   *
   * @param steps that all blocks made
   * @param dcd whether frames.dcd is wanted too
   */
  static SimulationSummary write(
      SimulationFiles files, MolecularSystem system, long steps, boolean dcd) throws IOException {
    SimulationOutput output = new SimulationOutput(files, steps);
    Path root = files.root();
    int atoms = system.atoms().size();
    AtomicFile.write(root.resolve("frames.npy"), file -> output.writeFrames(file, atoms));
    if (dcd) {
      AtomicFile.write(root.resolve("frames.dcd"), file -> output.writeDcd(file, atoms));
    }
    AtomicFile.write(
        root.resolve("energies.npy"),
        file -> output.writeDoubles(file, files.energies(), output.rows));
    AtomicFile.write(
        root.resolve("rung_energies.npy"),
        file ->
            output.writeDoubles(
                file,
                files.rungEnergies(),
                output.rows / output.ladders,
                output.ladders,
                files.settings().rungs()));
    SimulationSummary summary = SimulationAnalysis.of(files, system, steps);
    summary.write(root);
    return summary;
  }

  private interface Chunk {
    void take(ByteBuffer values, int count) throws IOException;
  }

  private void forEachChunk(RawArray array, Chunk chunk) throws IOException {
    for (long first = 0; first < rows; first += CHUNK_ROWS) {
      int count = (int) Math.min(CHUNK_ROWS, rows - first);
      chunk.take(array.read(first, count), count * array.width());
    }
  }

  private void writeFrames(Path file, int atoms) throws IOException {
    try (NpyWriter npy = NpyWriter.create(file, NpyType.F4, rows, atoms, 3)) {
      forEachChunk(
          files.frames(),
          (values, count) -> {
            float[] chunk = new float[count];
            values.asFloatBuffer().get(chunk);
            npy.write(chunk, 0, count);
          });
    }
  }

  private void writeDcd(Path file, int atoms) throws IOException {
    try (DcdWriter dcd = DcdWriter.create(file, atoms)) {
      forEachChunk(
          files.frames(),
          (values, count) -> {
            double[] frame = new double[3 * atoms];
            for (int i = 0; i < count; i += frame.length) {
              for (int d = 0; d < frame.length; d++) {
                frame[d] = values.getFloat();
              }
              dcd.write(frame, 0);
            }
          });
    }
  }

  private void writeDoubles(Path file, RawArray array, long... shape) throws IOException {
    try (NpyWriter npy = NpyWriter.create(file, NpyType.F8, shape)) {
      forEachChunk(
          array,
          (values, count) -> {
            double[] chunk = new double[count];
            values.asDoubleBuffer().get(chunk);
            npy.write(chunk, 0, count);
          });
    }
  }
}
