package dev.cmt.test;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cmt.actors.bundle.Bundle;
import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.PotentialEnergies;
import dev.cmt.energy.PotentialEnergy;
import dev.cmt.energy.RowFailure;
import dev.cmt.energy.io.NpyArray;
import dev.cmt.energy.io.NpyFile;
import dev.cmt.energy.openmm.OpenMmPlatform;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.MolecularSystem;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * A bundle on a machine that has nothing: in a root of its own, read-only, with glibc and a shell,
 * an empty environment, a user without name or home, and no network. {@code deploy/image} makes
 * that root by the Dockerfile's steps, so that this is also the container's test. Where a user may
 * make no namespaces the bundle runs in an empty environment on the machine itself, and the test
 * says so.
 */
@Timeout(value = 15, unit = TimeUnit.MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
class BundleIT {
  private static final SmallRuns.Spec SPEC = SmallRuns.GMM40.with("annealing.steps=3");

  @TempDir private static Path shared;
  private static Path bundle;
  private static Path root;
  private static boolean bare;

  @TempDir private Path volume;

  @BeforeAll
  static void make() throws Exception {
    bundle = shared.resolve("bundle");
    Bundle made = Bundle.make(bundle, SmallRuns.root(), jars(), false, part -> {});
    assertThat(made.unlicensed()).isEmpty();
    root = build(bundle, shared.resolve("root"));
    bare =
        System.getProperty("user.name").equals("root")
            ? run(List.of("unshare", "--mount", "--net", "true")).code == 0
            : run(List.of("unshare", "--mount", "--net", "--map-root-user", "true")).code == 0;
    System.out.println(
        bare
            ? "bundle: in a bare root without network"
            : "bundle: NOT TESTED in a bare root, because this user may not unshare namespaces");
  }

  /** The class path that the launcher gives to the product: what {@code mvn package} leaves. */
  private static List<Path> jars() throws IOException {
    Path target = SmallRuns.root().resolve("actors/target");
    List<Path> jars = new ArrayList<>();
    try (Stream<Path> files = Files.list(target)) {
      files
          .filter(f -> f.getFileName().toString().matches("cmt-actors-.*\\.jar"))
          .forEach(jars::add);
    }
    assertThat(jars).as("mvn package makes the jar in " + target).hasSize(1);
    String rest = Files.readString(target.resolve("classpath.txt")).strip();
    Stream.of(rest.split(File.pathSeparator)).map(Path::of).forEach(jars::add);
    return jars;
  }

  private record Said(int code, String text) {}

  private static Said run(List<String> command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(3, TimeUnit.MINUTES)).as(text).isTrue();
    return new Said(process.exitValue(), text);
  }

  private static Path build(Path bundle, Path root) throws Exception {
    Said said = run(List.of(image(), "build", bundle.toString(), root.toString()));
    assertThat(said.code).as(said.text).isZero();
    return root;
  }

  private static String image() {
    return SmallRuns.root().resolve("deploy/image").toString();
  }

  /**
   * The bundle's {@code cmt} with arguments, in a directory that is empty but for what tests put
   * there.
   */
  private List<String> command(Path root, Path bundle, boolean offline, String... arguments) {
    List<String> command = new ArrayList<>();
    if (bare) {
      command.addAll(List.of(image(), "run"));
      if (offline) {
        command.add("--offline");
      }
      command.addAll(List.of(root.toString(), volume.toString()));
    } else {
      command.addAll(List.of("env", "-i", "--chdir=" + volume, bundle.resolve("cmt").toString()));
    }
    command.addAll(List.of(arguments));
    return command;
  }

  private String cmt(String... arguments) throws Exception {
    Said said = run(command(root, bundle, true, arguments));
    assertThat(said.code).as(said.text).isZero();
    return said.text;
  }

  @Test
  void theDoctorFindsAllThatIsNeeded() throws Exception {
    assertThat(cmt("--version")).contains("Java ");
    assertThat(cmt("doctor"))
        .contains("platforms Reference, CPU")
        .contains("not in this bundle; the native engine computes flows")
        .contains("matrix product own")
        .contains("Everything needed is there.")
        .doesNotContain("MISS");
  }

  @Test
  void energiesAreThoseOfTheCheckoutToTheLastBit() throws Exception {
    MolecularSystem molecule = BuiltInSystems.load("alanine-dipeptide");
    double[] nm = molecule.minimizedNm();
    NpyFile.write(volume.resolve("minimum.npy"), NpyArray.of(nm, 1, nm.length / 3, 3));
    double[] expected = new double[1];
    try (PotentialEnergy energy =
        PotentialEnergies.open(molecule, EnergyEngine.KERNEL, OpenMmPlatform.AUTO)) {
      energy.evaluate(nm, 1, expected, null, new RowFailure[1]);
    }

    cmt("energy", "--system", "alanine-dipeptide", "--positions", "minimum.npy", "-o", "e.npy");

    assertThat(NpyFile.read(volume.resolve("e.npy")).doubles()).containsExactly(expected);
  }

  /**
   * Head and node from the bundle, and the same run in the checkout with the same matrix product.
   */
  @Test
  void aRunOnAClusterEndsWithTheBitsOfTheCheckoutsAndWithFigures() throws Exception {
    Path alone = shared.resolve("alone");
    Process child =
        new ProcessBuilder(SmallRuns.command(SPEC, alone, "-Dcmt.gemm=own"))
            .redirectErrorStream(true)
            .redirectOutput(SmallRuns.output(alone).toFile())
            .start();
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "train",
                (bare ? "/opt/cmt" : bundle.toString()) + "/config/" + SPEC.config(),
                "--run-dir",
                "run",
                "--cluster",
                "--bind",
                "127.0.0.1:0",
                "-o",
                "cluster.http=\"\""));
    SPEC.overrides().forEach(override -> arguments.addAll(List.of("-o", override)));
    Path said = shared.resolve("head.log");
    Process head =
        new ProcessBuilder(command(root, bundle, false, arguments.toArray(String[]::new)))
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    try {
      String seed = seed(head, said);
      Said node = run(command(root, bundle, false, "node", "--role", "energy", "--seed", seed));

      assertThat(node.code).as(node.text).isZero();
      assertThat(node.text).contains("the run is finished");
      assertThat(head.waitFor(2, TimeUnit.MINUTES)).isTrue();
      assertThat(head.exitValue()).as(Files.readString(said)).isZero();
    } finally {
      head.destroyForcibly();
    }
    assertThat(child.waitFor(2, TimeUnit.MINUTES)).isTrue();
    JsonNode here = SmallRuns.summary(alone);
    JsonNode there = SmallRuns.summary(volume.resolve("run"));
    assertThat(there.get("parameters_sha256")).isEqualTo(here.get("parameters_sha256"));
    assertThat(volume.resolve("run/report/figures/path.png")).isNotEmptyFile();
  }

  private static String seed(Process head, Path said) throws Exception {
    while (true) {
      boolean alive = head.isAlive();
      String text = Files.readString(said);
      int at = text.indexOf("--seed ");
      if (at >= 0 && text.indexOf('\n', at) > 0) {
        return text.substring(at + "--seed ".length(), text.indexOf('\n', at)).strip();
      }
      assertThat(alive).as(text).isTrue();
      Thread.sleep(50);
    }
  }

  @Test
  void makingItAgainGivesTheSameBytes() throws Exception {
    Path again = shared.resolve("again");
    Bundle.make(again, SmallRuns.root(), jars(), false, part -> {});

    Map<String, String> expected = digests(bundle);
    Map<String, String> found = digests(again);
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    assertThat(found.keySet()).allSatisfy(f -> assertThat(found.get(f)).isEqualTo(expected.get(f)));
    Bundle.delete(again);
  }

  private static Map<String, String> digests(Path directory) throws Exception {
    Map<String, String> digests = new TreeMap<>();
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
        String kind = Files.getLastModifiedTime(file) + " " + Files.getPosixFilePermissions(file);
        digests.put(directory.relativize(file).toString(), kind + HexFormat.of().formatHex(digest));
      }
    }
    return digests;
  }

  /** 650 MB, and as many in the root. */
  @Test
  @Tag("slow")
  void withLibtorchEveryFlowEngineRuns() throws Exception {
    Path large = shared.resolve("large");
    Bundle.make(large, SmallRuns.root(), jars(), true, part -> {});
    Path largeRoot = build(large, shared.resolve("large-root"));

    Said doctor = run(command(largeRoot, large, true, "doctor"));
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "train",
                (bare ? "/opt/cmt" : large.toString()) + "/config/" + SPEC.config(),
                "--run-dir",
                "run",
                "-o",
                "flow.engine=djl"));
    SPEC.overrides().forEach(override -> arguments.addAll(List.of("-o", override)));
    Said train = run(command(largeRoot, large, true, arguments.toArray(String[]::new)));

    assertThat(doctor.text).contains("djl pytorch").doesNotContain("MISS");
    assertThat(train.code).as(train.text).isZero();
    assertThat(train.text).contains("flow:     djl pytorch");
    assertThat(volume.resolve("run/summary.json")).isNotEmptyFile();
  }
}
