package dev.cmt.actors.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cmt.energy.TargetSettings;
import dev.cmt.energy.Targets;
import dev.cmt.energy.molecule.MolecularTarget;
import dev.cmt.energy.molecule.ZMatrix;
import dev.cmt.energy.system.MolecularSystem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A molecule of the user's own, in a directory as {@code ./cmt import} writes it. Four files decide
 * the density: the System, its topology, the minimised conformation and the z-matrix; {@code
 * target.json} names the molecule, holds their SHA-256 and says whether the validation passed.
 * Loading refuses a directory in which one of them was changed by itself. Immutable; safe for use
 * by many threads.
 */
public final class TargetDirectory {
  /** The System, as OpenMM's XmlSerializer writes it. */
  public static final String SYSTEM = "system.xml";

  /** Names of the atoms, in the order of the System's particles. */
  public static final String TOPOLOGY = "topology.pdb";

  /** One line an atom, three numbers in nm: a local minimum of the energy. */
  public static final String MINIMIZED = "minimized.txt";

  /** One row an atom, as {@link ZMatrix#parse} reads it. */
  public static final String Z_MATRIX = "zmatrix.txt";

  /** Name, digests and validation. */
  public static final String MANIFEST = "target.json";

  /** Version of the layout. */
  public static final int FORMAT = 1;

  private static final List<String> DECIDING = List.of(SYSTEM, TOPOLOGY, MINIMIZED, Z_MATRIX);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path path;
  private final MolecularSystem system;
  private final ZMatrix zMatrix;
  private final String sha256;

  private TargetDirectory(Path path, MolecularSystem system, ZMatrix zMatrix, String sha256) {
    this.path = path;
    this.system = system;
    this.zMatrix = zMatrix;
    this.sha256 = sha256;
  }

  /** Whether a directory looks like one of an imported molecule. */
  public static boolean isTarget(Path directory) {
    return Files.isRegularFile(directory.resolve(MANIFEST));
  }

  /**
   * Reads a directory.
   *
   * @throws IllegalArgumentException if it is not an imported molecule, its validation failed, or a
   *     file was changed since; the end of a sentence that begins with the directory's name
   * @throws IOException if a file cannot be read
   */
  public static TargetDirectory load(Path directory) throws IOException {
    if (!isTarget(directory)) {
      throw new IllegalArgumentException(
          "has no %s; make it by ./cmt import --system system.xml --topology top.pdb -o DIR"
              .formatted(MANIFEST));
    }
    JsonNode manifest = manifest(directory);
    Map<String, byte[]> contents = new LinkedHashMap<>();
    for (String file : DECIDING) {
      contents.put(file, Files.readAllBytes(directory.resolve(file)));
      String recorded = manifest.path("sha256").path(file).asText();
      if (!sha256(contents.get(file)).equals(recorded)) {
        throw new IllegalArgumentException(
            "has a %s that was changed since it was imported; import the molecule again, into another directory"
                .formatted(file));
      }
    }
    try {
      return new TargetDirectory(
          directory,
          MolecularSystem.parse(
              manifest.path("name").asText(),
              text(contents, SYSTEM),
              text(contents, TOPOLOGY),
              text(contents, MINIMIZED)),
          ZMatrix.parse(text(contents, Z_MATRIX)),
          digest(contents));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("cannot be used: " + e.getMessage(), e);
    }
  }

  private static JsonNode manifest(Path directory) throws IOException {
    JsonNode manifest;
    try {
      manifest = JSON.readTree(directory.resolve(MANIFEST).toFile());
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "has a %s that is not JSON (%s)".formatted(MANIFEST, e.getOriginalMessage()), e);
    }
    if (manifest.path("format").asInt() != FORMAT || !manifest.path("name").isTextual()) {
      throw new IllegalArgumentException(
          "has a %s of format %s; this version reads %d"
              .formatted(MANIFEST, manifest.path("format"), FORMAT));
    }
    String name = manifest.path("name").asText();
    if (Targets.names().contains(name)) {
      throw new IllegalArgumentException(
          "calls its molecule %s, which is the name of a built-in system".formatted(name));
    }
    if (!manifest.path("valid").asBoolean()) {
      throw new IllegalArgumentException(
          "holds a molecule whose validation failed; validation.txt in it says why");
    }
    return manifest;
  }

  /**
   * Writes the digests of the deciding files, which must be there, and what else is known.
   *
   * @param name what configs, logs and reports call the molecule
   * @param valid whether its validation passed; no run takes one that did not
   * @param about more entries, for people
   */
  public static void writeManifest(Path directory, String name, boolean valid, ObjectNode about)
      throws IOException {
    ObjectNode manifest = JSON.createObjectNode();
    manifest.put("format", FORMAT);
    manifest.put("name", name);
    manifest.put("valid", valid);
    ObjectNode digests = manifest.putObject("sha256");
    for (String file : DECIDING) {
      digests.put(file, sha256(Files.readAllBytes(directory.resolve(file))));
    }
    manifest.setAll(about);
    Files.write(
        directory.resolve(MANIFEST),
        JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(manifest));
  }

  /** Where it lies. */
  public Path path() {
    return path;
  }

  /** The molecule. */
  public MolecularSystem system() {
    return system;
  }

  /** SHA-256 in hex over what decides the density; where the directory lies does not matter. */
  public String sha256() {
    return sha256;
  }

  /** The molecule's distribution under the settings of a run. */
  public MolecularTarget target(TargetSettings settings) {
    return new MolecularTarget(system, zMatrix, settings);
  }

  private static String text(Map<String, byte[]> contents, String file) {
    return new String(contents.get(file), StandardCharsets.UTF_8);
  }

  private static String digest(Map<String, byte[]> contents) {
    StringBuilder lines = new StringBuilder();
    contents.forEach(
        (file, bytes) -> lines.append(sha256(bytes)).append("  ").append(file).append('\n'));
    return sha256(lines.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }
}
