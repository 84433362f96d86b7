package dev.cmt.buffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * What remains of a step whose queue was given up: its two log-densities, 16 bytes a row, enough to
 * solve its dual again. One file a step, {@code ledger/step-000012.ledger}, written whole or not at
 * all. The arrays are not copied; do not change them.
 *
 * <p>On disk, little-endian: magic int32, version int32, step int32, rows int32, logQ
 * float64[rows], logP float64[rows], CRC32C of all before it int32.
 */
public final class StepLedger {
  private static final int MAGIC = 0x4c544d43; // "CMTL" in a little-endian file
  private static final int VERSION = 1;
  private static final int HEADER_BYTES = 16;
  private static final Pattern NAME = Pattern.compile("step-(\\d{6,9})\\.ledger");

  private final int step;
  private final double[] logQ;
  private final double[] logP;

  /**
   * @param step annealing step, at least 0
   * @param logQ {@code [rows]} log q(x) in the target's measure, in the order of the step's rows;
   *     NaN where the row failed
   * @param logP {@code [rows]} log p̃(x) in the same measure, in kT; NaN where the row failed
   */
  public StepLedger(int step, double[] logQ, double[] logP) {
    if (step < 0 || logQ.length != logP.length) {
      throw new IllegalArgumentException(
          "step (%d) must not be negative, log q (%d rows) and log p̃ (%d) must have equal lengths."
              .formatted(step, logQ.length, logP.length));
    }
    this.step = step;
    this.logQ = logQ;
    this.logP = logP;
  }

  /** Annealing step. */
  public int step() {
    return step;
  }

  /** Rows of the step. */
  public int rows() {
    return logQ.length;
  }

  /** {@code [rows]} log q(x) in the target's measure; NaN where the row failed. */
  public double[] logQ() {
    return logQ;
  }

  /** {@code [rows]} log p̃(x) in the same measure, in kT; NaN where the row failed. */
  public double[] logP() {
    return logP;
  }

  /** The steps that have a ledger. */
  public static SortedSet<Integer> steps(RunDirectory run) throws IOException {
    SortedSet<Integer> steps = new TreeSet<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(run.ledger())) {
      for (Path file : files) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        if (name.matches()) {
          steps.add(Integer.valueOf(name.group(1)));
        }
      }
    } catch (NoSuchFileException e) {
      return steps; // made with the first ledger
    }
    return steps;
  }

  /** Where the ledger of a step lies, whether it is there or not. */
  public static Path file(RunDirectory run, int step) {
    return run.ledger().resolve(String.format(Locale.ROOT, "step-%06d.ledger", step));
  }

  /**
   * Writes the ledger, replacing one of the same step; when this returns, it is on the device.
   *
   * @throws DiskFullException if there is no room
   */
  void write(RunLock lock) throws IOException {
    RunDirectory run = lock.forWriting();
    ByteBuffer content =
        ByteBuffer.allocate(Math.addExact(HEADER_BYTES + 4, Math.multiplyExact(16, rows())))
            .order(LITTLE_ENDIAN);
    content.putInt(MAGIC).putInt(VERSION).putInt(step).putInt(rows());
    content.asDoubleBuffer().put(logQ).put(logP);
    content.position(HEADER_BYTES + 16 * rows());
    content.putInt(crc(content.array(), content.position()));
    makeDirectory(run);
    AtomicFile.write(file(run, step), content.array());
  }

  /** Makes the directory of ledgers unless it is there. */
  static void makeDirectory(RunDirectory run) throws IOException {
    if (!Files.isDirectory(run.ledger())) {
      Files.createDirectories(run.ledger());
      AtomicFile.forceDirectory(run.root());
    }
  }

  /**
   * Reads the ledger of a step; needs no lock.
   *
   * @throws NoSuchFileException if there is none
   * @throws IOException if it is damaged, or of a version that this program does not know
   */
  public static StepLedger read(RunDirectory run, int step) throws IOException {
    Path file = file(run, step);
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer content = ByteBuffer.wrap(bytes).order(LITTLE_ENDIAN);
    if (bytes.length < HEADER_BYTES + 4) {
      throw new IOException(
          "%s has %d bytes, fewer than the %d of an empty ledger: it is damaged."
              .formatted(file, bytes.length, HEADER_BYTES + 4));
    }
    int stored = content.getInt(bytes.length - 4);
    int computed = crc(bytes, bytes.length - 4);
    if (stored != computed) {
      throw new IOException(
          "%s, byte %d: CRC32C of the file is %08x, stored is %08x: it is damaged."
              .formatted(file, bytes.length - 4, computed, stored));
    }
    if (content.getInt(0) != MAGIC) {
      throw new IOException(
          "%s, byte 0: a file of kind %08x, expected %08x: it is no ledger."
              .formatted(file, content.getInt(0), MAGIC));
    }
    if (content.getInt(4) != VERSION) {
      throw new IOException(
          "%s has format version %d, this program reads version %d; use the program that wrote it."
              .formatted(file, content.getInt(4), VERSION));
    }
    int rows = content.getInt(12);
    if (content.getInt(8) != step || bytes.length != HEADER_BYTES + 4 + 16L * rows) {
      throw new IOException(
          "%s, byte 8: it says step %d and %d rows, its name and its %d bytes say otherwise."
              .formatted(file, content.getInt(8), rows, bytes.length));
    }
    double[] logQ = new double[rows];
    double[] logP = new double[rows];
    content.position(HEADER_BYTES);
    content.asDoubleBuffer().get(logQ).get(logP);
    return new StepLedger(step, logQ, logP);
  }

  private static int crc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
