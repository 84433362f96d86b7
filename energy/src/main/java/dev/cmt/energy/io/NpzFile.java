package dev.cmt.energy.io;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** Several named arrays in one file: a zip archive of .npy files, as {@code numpy.savez} writes. */
public final class NpzFile {
  private static final String SUFFIX = ".npy";

  private NpzFile() {}

  /**
   * Reads all arrays.
   *
   * @return by name, in the order of the file
   * @throws IOException if the file is no archive or one of its arrays cannot be read, naming it
   */
  public static Map<String, NpyArray> read(Path file) throws IOException {
    Map<String, NpyArray> arrays = new LinkedHashMap<>();
    try (ZipFile archive = new ZipFile(file.toFile())) {
      for (ZipEntry entry : Collections.list(archive.entries())) {
        String name = entry.getName();
        String source = "%s of %s".formatted(name, file);
        if (!name.endsWith(SUFFIX)) {
          throw new IOException(
              "%s is no array; a .npz file has only .npy entries.".formatted(source));
        }
        try (NpyReader reader =
            new NpyReader(new ByteSource(source, archive.getInputStream(entry), entry.getSize()))) {
          arrays.put(name.substring(0, name.length() - SUFFIX.length()), reader.readArray());
        }
      }
    } catch (ZipException e) {
      throw new IOException("%s cannot be read: %s.".formatted(file, e.getMessage()), e);
    }
    return arrays;
  }

  /**
   * Creates or replaces a file. The same arrays make the same bytes.
   *
   * @param arrays by name, in the order they are to be written; types as {@link NpyWriter} writes
   */
  public static void write(Path file, Map<String, NpyArray> arrays) throws IOException {
    try (ZipOutputStream archive = new ZipOutputStream(Files.newOutputStream(file))) {
      archive.setLevel(Deflater.BEST_SPEED);
      for (Map.Entry<String, NpyArray> array : arrays.entrySet()) {
        ZipEntry entry = new ZipEntry(array.getKey() + SUFFIX);
        entry.setTimeLocal(LocalDateTime.of(1980, 1, 1, 0, 0)); // the zip format's zero
        archive.putNextEntry(entry);
        try (NpyWriter writer =
            new NpyWriter(
                "%s of %s".formatted(entry.getName(), file),
                new EntryOutput(archive),
                array.getValue().header())) {
          writer.write(array.getValue());
        }
      }
    }
  }

  /** The archive's stream for the time of one entry: closing it ends the entry only. */
  private static final class EntryOutput extends FilterOutputStream {
    private final ZipOutputStream archive;

    EntryOutput(ZipOutputStream archive) {
      super(archive);
      this.archive = archive;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      archive.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      archive.closeEntry();
    }
  }
}
